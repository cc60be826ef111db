-- How fast the queue refills, which a generation in a lane will find before it, and how many have left it unserved.
alter table private.queue_state
  add column arrivals_per_second real not null default 0,
  add column queued_share real not null default 1;

comment on column private.queue_state.arrivals_per_second is
  'Generations accepted a second, for the queue or for a lane; a mean over about half a minute.';
comment on column private.queue_state.queued_share is
  'Of the messages between the oldest and the newest waiting one, the share that waits; the others left the queue unserved, cancelled mostly.';
