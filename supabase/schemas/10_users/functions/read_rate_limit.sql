-- A bucket looked at without taking from it.
create function public.read_rate_limit(rule_name text, identifier text, tokens_per_minute integer)
returns jsonb
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  tokens double precision := (
    select least(tokens_per_minute, r.tokens + greatest(0, extract(
      epoch from pg_catalog.clock_timestamp() - r.updated_at)) * tokens_per_minute / 60.0)
    from private.rate_limits as r
    where r.rule = rule_name and r.identifier = read_rate_limit.identifier
  );
begin
  tokens := coalesce(tokens, tokens_per_minute);
  return pg_catalog.jsonb_build_object(
    'limit', tokens_per_minute,
    'remaining', floor(tokens)::integer,
    'reset_seconds', greatest(1, ceil((1 - (tokens - floor(tokens))) * 60.0 / tokens_per_minute)::integer)
  );
end;
$$;

comment on function public.read_rate_limit(text, text, integer) is
  'What take_rate_limit_token would find in the bucket, nothing being taken: {"limit", "remaining", "reset_seconds" until the next token}. Functions only.';

revoke all on function public.read_rate_limit(text, text, integer) from public, anon, authenticated, service_role;
grant execute on function public.read_rate_limit(text, text, integer) to service_role;
