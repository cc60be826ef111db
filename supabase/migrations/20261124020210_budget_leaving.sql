-- When the claims of the last minute leave the image budget: read once, for any number of waits (wait_behind).
create function private.budget_leaving() returns double precision[]
language plpgsql
volatile
security invoker
set search_path = ''
set enable_seqscan = off
set enable_bitmapscan = off
as $$
declare
  span constant double precision := 61; -- as images_in_budget
  budget integer := (select s.images_per_minute from private.settings as s);
  instant timestamptz := pg_catalog.clock_timestamp();
  -- In a variable: an index serves a value, and not a function that changes from row to row.
  counted_since timestamptz := instant - make_interval(secs => span);
begin
  if budget is null then
    return null;
  end if;
  return coalesce((
    select array_agg(span - extract(epoch from instant - latest.claimed_at) order by latest.claimed_at)
    from (
      select a.claimed_at from private.generation_attempts as a
      where a.claimed_at > counted_since
      order by a.claimed_at desc
      limit budget
    ) as latest
  ), '{}');
end;
$$;

comment on function private.budget_leaving() is
  'Seconds until each claim of the last minute is no longer counted by settings.images_per_minute, the oldest first; of more claims than the budget the latest. Null without a budget.';
revoke all on function private.budget_leaving() from public, anon, authenticated, service_role;
grant execute on function private.budget_leaving() to service_role;
