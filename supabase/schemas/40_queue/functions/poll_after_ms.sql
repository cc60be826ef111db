-- When a client should ask again: about four times over the expected time, quick when it is short.
create function private.poll_after_ms(status text, eta_seconds integer) returns integer
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  if poll_after_ms.status = 'PENDING' then
    return least(30000, greatest(1000, poll_after_ms.eta_seconds * 250));
  elsif poll_after_ms.status = 'PROCESSING' then
    return (select least(5000, greatest(1000, q.service_ms / 4)) from private.queue_state as q);
  end if;
  return 0;
end;
$$;

comment on function private.poll_after_ms(text, integer) is
  'Milliseconds until the next poll; 0 once finished. eta_seconds: of a PENDING one, at most two days.';

revoke all on function private.poll_after_ms(text, integer) from public, anon, authenticated, service_role;
grant execute on function private.poll_after_ms(text, integer) to service_role;
