-- The wait behind so many others: for a slot, and for the image budget, whichever takes longer.
create function private.wait_behind(
  ahead integer,
  speed record,
  budget integer,
  leaving double precision[]
) returns integer
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  span constant double precision := 61; -- as images_in_budget
  wait double precision := speed.pause_seconds + coalesce(ahead * speed.slot_seconds, 0);
  -- Of those the budget lets start now, or the place behind them.
  place integer;
begin
  if budget is not null then
    place := ahead % budget - (budget - cardinality(leaving));
    -- Who starts as the nth of a minute waits for the claim so many before it; whoever comes after those of one
    -- minute starts a minute after its like.
    wait := greatest(wait, span * (ahead / budget)
      + greatest(speed.pause_seconds, case when place >= 0 then leaving[place + 1] end));
  end if;
  return least(86400, ceil(wait));
end;
$$;

comment on function private.wait_behind(integer, record, integer, double precision[]) is
  'Seconds until a generation starts that has so many ahead, a day at most. speed: queue_speed; budget: settings.images_per_minute; leaving: budget_leaving.';
revoke all on function private.wait_behind(integer, record, integer, double precision[])
  from public, anon, authenticated, service_role;
grant execute on function private.wait_behind(integer, record, integer, double precision[]) to service_role;
