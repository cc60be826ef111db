-- How many images the provider budget lets start now: the claims of the last minute, counted along their index.
create function private.images_in_budget() returns integer
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
volatile
security invoker
set search_path = ''
set enable_seqscan = off
set enable_bitmapscan = off
as $$
declare
  budget integer := (select s.images_per_minute from private.settings as s);
  -- A claim counts for a second more than a minute: the budget is kept at the provider's door, and the way there
  -- takes a moment. In a variable: an index serves a value, and not a function that changes from row to row.
  counted_since timestamptz := pg_catalog.clock_timestamp() - interval '61 seconds';
begin
  if budget is null then
    return 2147483647;
  end if;
  return budget - (
    select count(*)
    from (
      select 1 from private.generation_attempts as a where a.claimed_at > counted_since limit budget
    ) as spent
  );
end;
$$;

comment on function private.images_in_budget() is
  'Images the budget lets start now, so that the provider sees no more than images_per_minute in any 60 seconds; the largest integer without a budget.';

revoke all on function private.images_in_budget() from public, anon, authenticated, service_role;
grant execute on function private.images_in_budget() to service_role;
