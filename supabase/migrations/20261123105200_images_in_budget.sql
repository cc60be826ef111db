-- The provider budget: images that may start now so that no 60 seconds see more than images_per_minute.
create function private.images_in_budget() returns integer
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
volatile
security invoker
set search_path = ''
as $$
declare
  -- In a variable: an index serves a value, and not a function that changes from row to row.
  minute_ago timestamptz := pg_catalog.clock_timestamp() - interval '1 minute';
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

comment on function private.images_in_budget() is 'Images the budget lets start now; the largest integer without a budget.';
revoke all on function private.images_in_budget() from public, anon, authenticated, service_role;
grant execute on function private.images_in_budget() to service_role;
