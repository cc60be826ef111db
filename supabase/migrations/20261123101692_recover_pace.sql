-- After a rate 429 lowered the pace it grows back by a tenth every five seconds, until it is the operator's again.
create function private.recover_pace() returns void
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
security invoker
set search_path = ''
as $$
begin
  update private.provider_state as p
  set
    concurrency_limit = case
      when p.concurrency_limit + greatest(1, p.concurrency_limit / 10) >= s.max_concurrent then null
      else p.concurrency_limit + greatest(1, p.concurrency_limit / 10)
    end,
    concurrency_changed_at = pg_catalog.clock_timestamp()
  from private.settings as s
  where p.concurrency_limit is not null
    and p.concurrency_changed_at < pg_catalog.clock_timestamp() - interval '5 seconds';
end;
$$;

comment on function private.recover_pace() is 'Raises provider_state.concurrency_limit by a tenth when it was last changed over five seconds ago; null once it reaches max_concurrent.';
revoke all on function private.recover_pace() from public, anon, authenticated, service_role;
grant execute on function private.recover_pace() to service_role;
