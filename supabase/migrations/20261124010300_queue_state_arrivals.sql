-- How fast the queue refills: what a generation in a lane will find before it when its turn comes.
alter table private.queue_state
  add column arrivals_per_second real not null default 0;

comment on column private.queue_state.arrivals_per_second is
  'Generations accepted a second, for the queue or for a lane; a mean over about half a minute.';
