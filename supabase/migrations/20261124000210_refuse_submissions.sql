-- A crowd before a full queue is refused together, at no more than its acceptance would cost.
create function private.refuse_submissions(submissions jsonb, refusal jsonb) returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  rate_limit integer := (select s.rate_limit_per_minute from private.settings as s);
begin
  return (
    select coalesce(jsonb_agg(case when a.place is not null then pg_catalog.jsonb_build_object(
      'refused', refusal, 'rate_limit_per_minute', rate_limit) end order by n.place), '[]')
    from generate_series(1, pg_catalog.jsonb_array_length(submissions)) as n (place)
    -- What admission alone stands against. The rest may be a replay or another refusal, or owes a token first.
    left join private.acceptable_submissions(submissions) as a on a.place = n.place and not a.enforce_rate_limit
  );
end;
$$;

comment on function private.refuse_submissions(jsonb, jsonb) is
  'The answers of submit_generations where admission refuses with {"code", "message", "details"}: that refusal for each submission nothing else stands against, null for the others.';
revoke all on function private.refuse_submissions(jsonb, jsonb) from public, anon, authenticated, service_role;
grant execute on function private.refuse_submissions(jsonb, jsonb) to service_role;
