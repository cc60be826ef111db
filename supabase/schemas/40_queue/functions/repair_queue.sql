-- Mends what should not happen: rows whose message is gone, lanes that stand still, messages without a row.
create function private.repair_queue(batch integer) returns integer
language plpgsql
security invoker
set search_path = ''
as $$
declare
  broken record;
  generation public.generations;
  repaired integer := 0;
begin
  -- The oldest rows only: a broken one drifts to the head as the others leave.
  for broken in
    select head.id, head.user_id
    from (
      (select g.id, g.user_id, g.message_id from public.generations as g
        where g.status = 'PENDING' order by g.created_at limit repair_queue.batch)
      union all
      select g.id, g.user_id, g.message_id from public.generations as g where g.status = 'PROCESSING'
    ) as head
    where not exists (select 1 from pgmq.q_generations as q where q.msg_id = head.message_id)
  loop
    generation := private.lock_generation(broken.id);
    if generation.finished_at is null and generation.message_id is not null
      and not exists (select 1 from pgmq.q_generations as q where q.msg_id = generation.message_id)
    then
      perform private.enqueue_generation(generation.id);
      repaired := repaired + 1;
    elsif generation.status = 'PENDING' and generation.message_id is null then
      repaired := repaired + private.enqueue_next(generation.user_id);
    end if;
  end loop;

  with orphan as (
    delete from pgmq.q_generations as q
    where q.msg_id in (
      select head.msg_id
      from (select m.msg_id from pgmq.q_generations as m order by m.msg_id limit repair_queue.batch) as head
      where not exists (select 1 from public.generations as g where g.message_id = head.msg_id)
    )
    returning q.msg_id
  )
  select repaired + count(*) into repaired from orphan;
  return repaired;
end;
$$;

comment on function private.repair_queue(integer) is
  'Re-sends lost messages, moves standing lanes on, deletes messages without a row, among the oldest batch of each; how many repairs.';

revoke all on function private.repair_queue(integer) from public, anon, authenticated, service_role;
