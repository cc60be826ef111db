-- Exchanges a refresh token for the next one.
create function public.refresh_session(
  refresh_token_hash text,
  next_refresh_token_hash text,
  attempts_per_minute integer default null
) returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  -- Two tabs, or an answer that was lost: as long after it was spent a token is exchanged again.
  grace constant interval := '30 seconds';
  token private.refresh_tokens;
  session private.sessions;
  account public.users;
  bucket jsonb;
begin
  select t.* into token
  from private.refresh_tokens as t
  where t.token_hash = refresh_session.refresh_token_hash;
  -- The session is the lock: two requests with one token are one after the other, and the second sees it spent.
  select s.* into session from private.sessions as s where s.id = token.session_id for update;
  if session.id is null
    or session.revoked_at is not null
    or session.expires_at < pg_catalog.clock_timestamp() then
    return pg_catalog.jsonb_build_object('outcome', 'invalid');
  end if;
  select t.* into token
  from private.refresh_tokens as t
  where t.token_hash = refresh_session.refresh_token_hash;

  if token.spent_at < pg_catalog.clock_timestamp() - grace then
    update private.sessions as s
    set revoked_at = pg_catalog.clock_timestamp(), revoked_reason = 'reuse'
    where s.id = session.id;
    return pg_catalog.jsonb_build_object('outcome', 'reused');
  end if;

  select u.* into account from public.users as u where u.id = session.user_id;
  if token.spent_at is null then
    if attempts_per_minute is not null then
      bucket := public.take_rate_limit_token('refresh_user', account.id::text, attempts_per_minute);
      if not (bucket -> 'allowed')::boolean then
        return pg_catalog.jsonb_build_object('outcome', 'limited', 'rate_limit', bucket);
      end if;
    end if;
    update private.refresh_tokens as t set spent_at = pg_catalog.clock_timestamp() where t.token_hash = token.token_hash;
  end if;
  insert into private.refresh_tokens (token_hash, session_id)
  values (refresh_session.next_refresh_token_hash, session.id)
  on conflict on constraint refresh_tokens_pkey do nothing;
  update private.sessions as s
  set expires_at = pg_catalog.clock_timestamp()
    + make_interval(days => (select t.session_days from private.settings as t))
  where s.id = session.id;
  return pg_catalog.jsonb_build_object(
    'outcome', 'refreshed', 'user', private.user_view(account), 'session_id', session.id);
end;
$$;

comment on function public.refresh_session(text, text, integer) is
  'Rotates a refresh token: {"outcome": refreshed | invalid | reused, "user", "session_id"}. A spent token is exchanged again for 30 seconds (the caller derives the same next one); later it is reused, and its session has been revoked. Beyond attempts_per_minute (null: no limit) of one user, over all sessions: {"outcome": "limited", "rate_limit"}, and the token stays good. Functions only.';

revoke all on function public.refresh_session(text, text, integer) from public, anon, authenticated, service_role;
grant execute on function public.refresh_session(text, text, integer) to service_role;
