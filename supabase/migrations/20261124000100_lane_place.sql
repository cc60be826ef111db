-- How many will be served before a generation that waits in its user's lane.
create function private.lane_place(
  own_earlier integer,
  own_waiting_earlier integer,
  in_queue integer,
  waiting_of_others integer
) returns integer
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  width numeric;
  turns numeric;
  most_turns numeric;
begin
  select s.per_user_concurrency, ceil(s.max_pending_per_user::numeric / s.per_user_concurrency) - 1
  into width, most_turns
  from private.settings as s;
  turns := floor(own_earlier / width);
  -- It joins the queue's tail when its user's turn has come: behind all who are in the queue now, and behind those
  -- of other lanes whose turn is no later. Their depths are not counted, but taken as spread evenly.
  return in_queue + own_waiting_earlier
    + floor(waiting_of_others * least(1, turns / greatest(1, most_turns)));
end;
$$;

comment on function private.lane_place(integer, integer, integer, integer) is
  'Generations served before one that waits in a lane. own_earlier: its user''s unfinished ones before it, own_waiting_earlier: those of them that wait in the lane too; in_queue: messages in the queue; waiting_of_others: generations in other users'' lanes.';
revoke all on function private.lane_place(integer, integer, integer, integer)
  from public, anon, authenticated, service_role;
grant execute on function private.lane_place(integer, integer, integer, integer) to service_role;
