-- The submission limit in Postgres, for requests that Redis could not judge.
create function private.enforce_rate_limit(user_id uuid) returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  verdict jsonb;
begin
  verdict := public.take_rate_limit_token(
    'generation', enforce_rate_limit.user_id::text, (select s.rate_limit_per_minute from private.settings as s));
  if not (verdict ->> 'allowed')::boolean then
    raise exception using
      errcode = 'PX429',
      message = format('Too many generations: %s a minute are allowed', verdict ->> 'limit'),
      detail = pg_catalog.jsonb_build_object(
        'retry_after_seconds', verdict -> 'reset_seconds',
        'limit', verdict -> 'limit',
        'remaining', verdict -> 'remaining',
        'reset_seconds', verdict -> 'reset_seconds')::text;
  end if;
  return verdict;
end;
$$;

comment on function private.enforce_rate_limit(uuid) is
  'Takes a token of the user''s submission limit; raises PX429 (detail: limit, remaining, reset_seconds, retry_after_seconds) when there is none.';
revoke all on function private.enforce_rate_limit(uuid) from public, anon, authenticated, service_role;
grant execute on function private.enforce_rate_limit(uuid) to service_role;
