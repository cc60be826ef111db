-- When the image budget lets the next ones start: as the claims of the last minute leave its window, one by one.
create function private.budget_wait_seconds(ahead integer) returns double precision
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
volatile
security invoker
set search_path = ''
as $$
declare
  span constant double precision := 61; -- as images_in_budget
  budget integer := (select s.images_per_minute from private.settings as s);
begin
  if budget is null then
    return 0;
  end if;
  -- Who starts as the nth of a minute waits for the claim so many before it; whoever comes after those of one
  -- minute starts a minute after its like.
  return span * (ahead / budget) + greatest(0, coalesce((
    select span - extract(epoch from pg_catalog.clock_timestamp() - a.claimed_at)
    from private.generation_attempts as a
    order by a.claimed_at desc
    offset budget - 1 - ahead % budget
    limit 1
  ), 0));
end;
$$;

comment on function private.budget_wait_seconds(integer) is
  'Seconds until settings.images_per_minute lets a generation start that has so many ahead; 0 without a budget.';
revoke all on function private.budget_wait_seconds(integer) from public, anon, authenticated, service_role;
grant execute on function private.budget_wait_seconds(integer) to service_role;
