-- The budget is kept at the provider's door, not at ours: a claim may take a moment to get there, and the first of
-- one minute a longer one than the first of the next. So a claim counts for a second more than a minute.
create or replace function private.images_in_budget() returns integer
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
volatile
security invoker
set search_path = ''
as $$
declare
  -- In a variable: an index serves a value, and not a function that changes from row to row.
  minute_ago timestamptz := pg_catalog.clock_timestamp() - interval '61 seconds';
begin
  return (
    select case
      when s.images_per_minute is null then 2147483647
      else greatest(0, s.images_per_minute - (
        select count(*) from private.generation_attempts as a
        where a.claimed_at > minute_ago
      ))::integer
    end
    from private.settings as s
  );
end;
$$;

comment on function private.images_in_budget() is
  'Images the budget lets start now, so that the provider sees no more than images_per_minute in any 60 seconds; the largest integer without a budget.';
