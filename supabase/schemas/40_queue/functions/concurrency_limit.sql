-- The semaphore's size: the operator's, lowered after rate 429s, and 1 while a pause is being probed.
create function private.concurrency_limit() returns integer
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
volatile
security invoker
set search_path = ''
as $$
begin
  return (
    select case
      when p.pause_kind in ('money', 'storage', 'configuration') then least(s.max_concurrent, 1)
      else least(s.max_concurrent, coalesce(p.concurrency_limit, s.max_concurrent))
    end
    from private.settings as s, private.provider_state as p
    where s.singleton and p.singleton
  );
end;
$$;

comment on function private.concurrency_limit() is 'Images that may be in flight now: settings.max_concurrent, less while the provider is pressed; 1 while a pause that was not the operator''s is being probed.';

revoke all on function private.concurrency_limit() from public, anon, authenticated, service_role;
grant execute on function private.concurrency_limit() to service_role;
