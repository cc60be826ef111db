-- How long the lanes are: a place in one depends on how far the others reach.
alter table private.queue_state
  add column lane_length double precision not null default 1;
comment on column private.queue_state.lane_length is
  'Mean number of generations that wait in a lane, over the users who have any there; 1 without.';
