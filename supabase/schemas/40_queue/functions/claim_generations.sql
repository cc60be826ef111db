-- Claims waiting generations for a worker, under the global semaphore and the image budget.
create function public.claim_generations(
  worker_id uuid,
  quantity integer,
  provider_finished jsonb default '[]'
) returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  tuning private.settings;
  may_start integer;
  free integer := 0;
  message_ids bigint[];
  generation_ids uuid[];
  claimed_ids uuid[];
  jobs jsonb;
  more boolean;
begin
  -- One claim at a time over all workers: the semaphore is exact, not approximate.
  perform pg_catalog.pg_advisory_xact_lock(7261, 1);
  update private.doorbell as d set at = pg_catalog.clock_timestamp() where d.event = 'answered';
  perform private.release_slots(provider_finished);
  perform private.recover_pace();
  perform private.measure_service_time();
  select s.* into tuning from private.settings as s;
  may_start := greatest(0, least(quantity, private.free_slots(), private.images_in_budget()));

  if may_start > 0 then
    select
      array_agg(m.msg_id),
      array_agg(case when m.message ->> 'generation_id' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then (m.message ->> 'generation_id')::uuid end)
    into message_ids, generation_ids
    from pgmq.read('generations', tuning.lease_seconds, may_start) as m;

    -- skip locked: a row being cancelled or finished at this moment is left to whoever holds it.
    with claimed as (
      update public.generations as g
      set status = 'PROCESSING', attempt = g.attempt + 1, started_at = coalesce(g.started_at, pg_catalog.clock_timestamp())
      where g.id in (
        select c.id from public.generations as c
        where c.id = any (generation_ids)
          and c.message_id = any (message_ids)
          -- Both said so that no partial index fits: statistics of quieter times make those look empty, and each
          -- claim would read every unfinished row of a spike.
          and c.status not in ('COMPLETED', 'FAILED', 'CANCELLED')
          and not exists (
            select 1 from private.generation_attempts as a
            where a.generation_id = c.id and coalesce(a.finished_at, 'infinity') = 'infinity')
        for no key update skip locked)
      returning g.*
    ), attempts as (
      insert into private.generation_attempts (generation_id, attempt, worker_id, lease_expires_at)
      select c.id, c.attempt, claim_generations.worker_id,
        pg_catalog.clock_timestamp() + make_interval(secs => tuning.lease_seconds)
      from claimed as c
    )
    select array_agg(c.id), jsonb_agg(jsonb_build_object(
        'generation_id', c.id, 'attempt', c.attempt, 'user_id', c.user_id, 'prompt', c.prompt, 'size', c.size,
        'quality', c.quality, 'output_format', c.output_format, 'request_id', c.request_id,
        'failures', case when c.attempt = 1 then 0 else private.count_failed_attempts(c.id) end
      ) order by c.message_id)
    into claimed_ids, jobs
    from claimed as c;
    if cardinality(claimed_ids) is distinct from cardinality(message_ids) then
      perform private.return_unclaimed_messages(message_ids, claimed_ids);
    end if;
  end if;

  more := exists (select 1 from pgmq.q_generations as q where q.vt <= pg_catalog.clock_timestamp());
  if more then
    free := least(private.free_slots(), private.images_in_budget());
    if free > 0 then
      -- For other instances, of which each takes sixteen.
      perform private.wake_workers('worker', (
        select least(10, ceil(count(*) / 16.0))::integer
        from (select 1 from pgmq.q_generations as q where q.vt <= pg_catalog.clock_timestamp() limit free) as claimable));
    end if;
  end if;
  return pg_catalog.jsonb_build_object(
    'jobs', coalesce(jobs, '[]'), 'more', more, 'free_slots', free, 'retry_after_ms', private.claim_retry_after_ms(),
    'lease_seconds', tuning.lease_seconds, 'partial_images', tuning.partial_images,
    'retired_models', private.retired_models());
end;
$$;

comment on function public.claim_generations(uuid, integer, jsonb) is
  'Claims up to quantity generations for worker_id. provider_finished: [{"generation_id","attempt"}] whose provider calls ended, freeing their slots. Gives {"jobs": [...], "more", "free_slots" that stay free although work waits, "retry_after_ms" until a pause or the budget ends (null: neither), "lease_seconds", "partial_images", "retired_models"}. Functions only.';

revoke all on function public.claim_generations(uuid, integer, jsonb) from public, anon, authenticated, service_role;
grant execute on function public.claim_generations(uuid, integer, jsonb) to service_role;
