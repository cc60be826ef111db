-- The rate limit while Redis does not answer: the same token bucket, one row an identifier.
create function public.take_rate_limit_token(rule_name text, identifier text, tokens_per_minute integer)
returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  instant timestamptz := pg_catalog.clock_timestamp();
  left_over double precision;
  allowed boolean;
begin
  -- The upsert locks the bucket: racing requests take their tokens one after another.
  insert into private.rate_limits as r (rule, identifier, tokens, updated_at)
  values (rule_name, take_rate_limit_token.identifier, tokens_per_minute, instant)
  on conflict on constraint rate_limits_pkey do update
  set
    tokens = least(
      tokens_per_minute,
      r.tokens + extract(epoch from instant - least(instant, r.updated_at)) * tokens_per_minute / 60.0
    ),
    -- Not the later of the two: after a clock was set back the bucket would not refill until it has caught up.
    updated_at = instant
  returning r.tokens into left_over;

  allowed := left_over >= 1;
  if allowed then
    left_over := left_over - 1;
    update private.rate_limits as r set tokens = left_over
    where r.rule = rule_name and r.identifier = take_rate_limit_token.identifier;
  end if;

  return pg_catalog.jsonb_build_object(
    'allowed', allowed,
    'limit', tokens_per_minute,
    'remaining', floor(left_over)::integer,
    'reset_seconds', greatest(1, ceil((1 - (left_over - floor(left_over))) * 60.0 / tokens_per_minute)::integer)
  );
end;
$$;

comment on function public.take_rate_limit_token(text, text, integer) is
  'Takes one token from a bucket of tokens_per_minute, refilled evenly: {"allowed", "limit", "remaining", "reset_seconds" until the next token}. Functions only.';

revoke all on function public.take_rate_limit_token(text, text, integer) from public, anon, authenticated, service_role;
grant execute on function public.take_rate_limit_token(text, text, integer) to service_role;
