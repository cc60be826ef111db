-- Of the other lanes those generations come first whose turn is no later: by the lanes' measured length. By the longest
-- that a lane may be, short lanes, which are the rule, counted as far behind, and promises were half of the wait.
create or replace function private.lane_place(
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
  -- It joins the queue's tail when its user's turn has come: behind all who are in the queue now, and behind so many
  -- of each other lane.
  ahead_in_each integer;
  length double precision;
begin
  select own_earlier / s.per_user_concurrency * s.per_user_concurrency, greatest(1, q.lane_length)
  into ahead_in_each, length
  from private.settings as s, private.queue_state as q;
  return in_queue + own_waiting_earlier + floor(waiting_of_others * least(1, ahead_in_each / length));
end;
$$;
