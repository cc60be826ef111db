-- How many will be served before a generation in its user's lane, those counted who come into the queue before it does.
create function private.lane_served_before(
  own_earlier integer,
  first_place bigint,
  last_place bigint,
  in_queue integer,
  ahead integer,
  width integer,
  accepted_of_served double precision
) returns integer
language plpgsql
immutable
security invoker
set search_path = ''
as $$
declare
  turns integer := own_earlier / width;
  -- Width apart they follow one another: the first turn comes when the one it follows at last, through others, ends.
  first_turn double precision := coalesce(greatest(0,
    first_place + (last_place - first_place) * (own_earlier % width)::double precision / greatest(1, width - 1)), 0);
  kept double precision := least(0.999, accepted_of_served);
begin
  -- At each turn the queue that is there now has been refilled: by the lanes, evenly over the turns, and by those
  -- accepted since. So served(turn) = in_queue + lanes * turn / turns + kept * served(turn - 1), whose sum this is.
  -- No more come in than are served meanwhile, as a user's end lets one of the lane in.
  return greatest(ahead, least(
    first_turn + turns::double precision * in_queue,
    in_queue * (1 - power(kept, turns)) / (1 - kept)
      + power(kept, turns) * first_turn
      + (ahead - in_queue) / greatest(1, turns)
        * (turns - (turns + 1) * kept + power(kept, turns + 1)) / power(1 - kept, 2)
  ));
end;
$$;

comment on function private.lane_served_before(integer, bigint, bigint, integer, integer, integer, double precision) is
  'Generations that will be served before one that waits in a lane of width. own_earlier: its user''s unfinished ones before it; first_place and last_place: those of its user''s messages in the queue, below 0 when already started, null without; in_queue: messages in the queue; ahead: lane_place; accepted_of_served: arrivals beside what is served.';
revoke all on function private.lane_served_before(integer, bigint, bigint, integer, integer, integer, double precision)
  from public, anon, authenticated, service_role;
grant execute on function private.lane_served_before(integer, bigint, bigint, integer, integer, integer, double precision)
  to service_role;
