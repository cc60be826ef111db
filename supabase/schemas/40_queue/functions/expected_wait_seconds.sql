-- Seconds until a waiting generation starts: its place by the queue's pace, and what is left of a pause.
create function private.expected_wait_seconds(
  place bigint,
  lane_rounds integer,
  starts_per_second double precision,
  service_seconds integer,
  pause_seconds integer
) returns integer
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
immutable
security invoker
set search_path = ''
as $$
begin
  return least(86400, pause_seconds + ceil(greatest(
    coalesce(place / nullif(starts_per_second, 0), 86400),
    lane_rounds::double precision * service_seconds -- a round of the queue takes at least one service time
  )));
end;
$$;

comment on function private.expected_wait_seconds(bigint, integer, double precision, integer, integer) is
  'Seconds until the generation at this place (from 0) starts, at most 86400. lane_rounds: rounds of the queue before its turn in its user''s lane; the others as private.queue_pace gives them. Cannot raise.';

revoke all on function private.expected_wait_seconds(bigint, integer, double precision, integer, integer) from public, anon, authenticated, service_role;
grant execute on function private.expected_wait_seconds(bigint, integer, double precision, integer, integer) to service_role;
