-- The pgmq queue. A message is {"generation_id": uuid}; the row is the truth. The archive holds dead letters only.
select pgmq.create('generations');

alter table pgmq.q_generations enable row level security;
alter table pgmq.a_generations enable row level security;

grant usage on schema pgmq to service_role;
grant select, insert, update, delete on table pgmq.q_generations to service_role;
grant select, insert on table pgmq.a_generations to service_role;
grant usage on all sequences in schema pgmq to service_role;
grant select on table pgmq.meta to service_role;

-- The queue's table is small and churns: vacuum by count, not by share.
alter table pgmq.q_generations set (
  fillfactor = 70,
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 1000
);
