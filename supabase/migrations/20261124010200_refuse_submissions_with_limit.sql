-- Before a full queue the rate limit is taken in the batch, too: while Redis is away a crowd is refused as cheaply.
create or replace function private.refuse_submissions(submissions jsonb, refusal jsonb) returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  rate_limit integer := (select s.rate_limit_per_minute from private.settings as s);
begin
  return (
    with judged as materialized (
      -- What admission alone stands against. The rest may be a replay or another refusal.
      select a.place, case when a.enforce_rate_limit then
        public.take_rate_limit_token('generation', a.user_id::text, rate_limit) end as bucket
      from private.acceptable_submissions(submissions) as a
    )
    select coalesce(jsonb_agg(case when j.place is not null then pg_catalog.jsonb_build_object(
      'refused', refusal, 'rate_limit', j.bucket, 'rate_limit_per_minute', rate_limit) end order by n.place), '[]')
    from generate_series(1, pg_catalog.jsonb_array_length(submissions)) as n (place)
    left join judged as j on j.place = n.place and (j.bucket is null or (j.bucket -> 'allowed')::boolean)
  );
end;
$$;

comment on function private.refuse_submissions(jsonb, jsonb) is
  'The answers of submit_generations where admission refuses with {"code", "message", "details"}: that refusal for each submission nothing else stands against, its token taken where Redis could not judge, and null for the others.';
