-- How many the image budget lets start within some time: budget_wait_seconds, the other way round.
create function private.budget_starts_within(seconds double precision) returns integer
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
volatile
security invoker
set search_path = ''
as $$
declare
  span constant double precision := 61; -- as images_in_budget
  most constant integer := 1000000;
  budget integer := (select s.images_per_minute from private.settings as s);
  minutes double precision := floor(greatest(0, seconds) / span);
  -- In a variable: an index serves a value, and not a function that changes from row to row.
  still_counted_since timestamptz := pg_catalog.clock_timestamp()
    - make_interval(secs => span - (greatest(0, seconds) - minutes * span));
begin
  if budget is null then
    return most;
  end if;
  return least(most, budget * minutes + greatest(0, budget - (
    select count(*)
    from (
      select 1 from private.generation_attempts as a where a.claimed_at > still_counted_since limit budget
    ) as spent
  )));
end;
$$;

comment on function private.budget_starts_within(double precision) is
  'Generations that settings.images_per_minute lets start within so many seconds from now; a million without a budget, and at most.';
revoke all on function private.budget_starts_within(double precision) from public, anon, authenticated, service_role;
grant execute on function private.budget_starts_within(double precision) to service_role;
