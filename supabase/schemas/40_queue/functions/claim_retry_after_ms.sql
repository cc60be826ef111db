-- When a worker that could claim nothing should look again.
create function private.claim_retry_after_ms() returns integer
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
volatile
security invoker
set search_path = ''
as $$
begin
  return (
    select nullif(greatest(
      -- An endless pause is looked at again in an hour; admin.resume wakes the workers.
      least(3600000, private.ms_until(p.paused_until)),
      private.ms_until(p.rate_paused_until),
      private.ms_until((
        select a.claimed_at + interval '61 seconds'
        from private.generation_attempts as a
        where s.images_per_minute is not null
        order by a.claimed_at desc
        offset coalesce(s.images_per_minute, 1) - 1
        limit 1
      ))
    ), 0)
    from private.settings as s, private.provider_state as p
    where s.singleton and p.singleton
  );
end;
$$;

comment on function private.claim_retry_after_ms() is
  'Milliseconds until every pause has ended and the image budget has room; null when neither holds claims back.';

revoke all on function private.claim_retry_after_ms() from public, anon, authenticated, service_role;
grant execute on function private.claim_retry_after_ms() to service_role;
