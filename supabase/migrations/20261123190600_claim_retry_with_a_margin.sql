-- Workers look again when the budget's window, a second more than a minute, has passed.
create or replace function private.claim_retry_after_ms() returns integer
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
volatile
security invoker
set search_path = ''
as $$
begin
  return (
    select ceil(extract(epoch from max(h.until) - pg_catalog.clock_timestamp()) * 1000)::integer
    from private.settings as s
    cross join private.provider_state as p
    cross join lateral (
      values
        -- An endless pause is looked at again in an hour; admin.resume rings.
        (case when p.paused_until is not null then least(p.paused_until, pg_catalog.clock_timestamp() + interval '1 hour') end),
        (p.rate_paused_until),
        (
          (
            select a.claimed_at + interval '61 seconds'
            from private.generation_attempts as a
            where s.images_per_minute is not null
            order by a.claimed_at desc
            offset coalesce(s.images_per_minute, 1) - 1
            limit 1
          )
        )
    ) as h (until)
    where h.until > pg_catalog.clock_timestamp()
  );
end;
$$;
