-- Where a generation stands that waits in its user's lane, or would: for its turn, and for the queue it finds then.
create function private.lane_turn(
  own_earlier integer,
  own_waiting_earlier integer,
  own_waiting integer,
  first_message_id bigint,
  last_message_id bigint,
  out place integer,
  out wait_seconds integer
)
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  tail record;
  speed record;
begin
  select t.* into tail from private.queue_tail() as t;
  select r.* into speed from private.queue_speed() as r;
  place := private.lane_place(
    own_earlier, own_waiting_earlier, tail.in_queue, greatest(0, tail.pending - tail.in_queue - own_waiting));
  select greatest(
    private.wait_behind(
      private.lane_served_before(
        own_earlier, first_message_id - tail.oldest_message_id, last_message_id - tail.oldest_message_id, tail.in_queue,
        place, s.per_user_concurrency, q.arrivals_per_second * speed.seconds_each),
      speed, s.images_per_minute, private.budget_leaving()),
    -- However short the queue: its user's own come first, no more at a time than the lane lets through.
    ceil(own_earlier / s.per_user_concurrency * q.service_ms / 1000.0))
  into wait_seconds
  from private.settings as s, private.queue_state as q;
end;
$$;

comment on function private.lane_turn(integer, integer, integer, bigint, bigint) is
  'Place and wait of a generation in a lane. own_earlier: its user''s unfinished ones before it, own_waiting_earlier: those of them in the lane; own_waiting: all its user''s in the lane; first_message_id and last_message_id: of its user''s unfinished ones, null without.';
revoke all on function private.lane_turn(integer, integer, integer, bigint, bigint) from public, anon, authenticated, service_role;
grant execute on function private.lane_turn(integer, integer, integer, bigint, bigint) to service_role;
