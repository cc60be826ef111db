-- How many the image budget lets start within some time: wait_behind, the other way round.
create function private.budget_starts_within(pause_seconds double precision, seconds double precision) returns integer
language plpgsql
volatile
security invoker
set search_path = ''
-- The count stops where it is meant to, whatever the statistics say (see count_queued).
set enable_seqscan = off
set enable_bitmapscan = off
as $$
declare
  span constant double precision := 61; -- as images_in_budget
  most constant integer := 1000000;
  budget integer := (select s.images_per_minute from private.settings as s);
  minutes double precision := floor((seconds - pause_seconds) / span);
  -- In a variable: an index serves a value, and not a function that changes from row to row.
  still_counted_since timestamptz := pg_catalog.clock_timestamp()
    - make_interval(secs => (minutes + 1) * span - seconds);
begin
  if budget is null then
    return most;
  end if;
  if seconds < pause_seconds then
    return 0;
  end if;
  -- The first of a minute's start when the pause is over and a claim has left the budget for each; their like after
  -- every further minute.
  return least(most, budget * minutes + budget - (
    select count(*)
    from (
      select 1 from private.generation_attempts as a where a.claimed_at > still_counted_since limit budget
    ) as spent
  ));
end;
$$;

comment on function private.budget_starts_within(double precision, double precision) is
  'Generations that settings.images_per_minute lets start within so many seconds from now, none of them before pause_seconds; a million without a budget, and at most.';
revoke all on function private.budget_starts_within(double precision, double precision)
  from public, anon, authenticated, service_role;
grant execute on function private.budget_starts_within(double precision, double precision) to service_role;
