-- Counters of the attempts that ended after a moment, up to and with another.
create function private.count_attempts(ended_after timestamptz, ended_by timestamptz)
returns table (metric text, label text, total bigint)
language sql
stable
security invoker
set search_path = ''
as $$
  with ended as materialized (
    select a.outcome, a.latency_ms
    from private.generation_attempts as a
    where a.finished_at > count_attempts.ended_after and a.finished_at <= count_attempts.ended_by
  ), bound as (
    select array[1000, 2500, 5000, 10000, 15000, 20000, 30000, 45000, 60000, 90000, 120000, 180000, 300000] as ms
  )
  select 'attempts', e.outcome, count(*) from ended as e group by e.outcome
  union all
  -- By the upper bound of its bucket in milliseconds; above the last: empty.
  select 'provider_calls', coalesce(b.ms[width_bucket(e.latency_ms - 1, b.ms) + 1]::text, ''), count(*)
  from ended as e cross join bound as b
  where e.outcome = 'completed' and e.latency_ms is not null
  group by 2
  union all
  select 'provider_milliseconds', '', coalesce(sum(e.latency_ms), 0)
  from ended as e
  where e.outcome = 'completed'
$$;

comment on function private.count_attempts(timestamptz, timestamptz) is
  'Counters of the attempts that ended in (ended_after, ended_by]: attempts by outcome, provider_calls by bucket of latency, provider_milliseconds; the latter two of completed ones.';

revoke all on function private.count_attempts(timestamptz, timestamptz) from public, anon, authenticated, service_role;
grant execute on function private.count_attempts(timestamptz, timestamptz) to service_role;
