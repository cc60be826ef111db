-- A verified login: the user is made or refreshed, the first login is granted the signup credits, a session opens.
create function public.login_user(
  telegram_id bigint,
  first_name text,
  last_name text,
  username text,
  language_code text,
  photo_url text,
  allows_write_to_pm boolean,
  refresh_token_hash text,
  telegram_id_hash text default null
) returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  tuning private.settings;
  account public.users;
  is_new boolean;
  session private.sessions;
begin
  select s.* into tuning from private.settings as s;
  insert into public.users as u
    (telegram_id, first_name, last_name, username, language_code, photo_url, allows_write_to_pm)
  values (
    login_user.telegram_id, login_user.first_name, login_user.last_name, login_user.username,
    login_user.language_code, login_user.photo_url, coalesce(login_user.allows_write_to_pm, false))
  on conflict on constraint users_telegram_id_key do update
  set
    first_name = excluded.first_name,
    last_name = excluded.last_name,
    username = excluded.username,
    language_code = excluded.language_code,
    photo_url = excluded.photo_url,
    allows_write_to_pm = excluded.allows_write_to_pm,
    last_login_at = pg_catalog.clock_timestamp()
  returning (u.xmax = 0) into is_new; -- xmax is 0 only in a row this statement inserted

  select u.* into account from public.users as u where u.telegram_id = login_user.telegram_id;
  if is_new and login_user.telegram_id_hash is not null then
    insert into private.signup_grants (telegram_id_hash) values (login_user.telegram_id_hash)
    on conflict on constraint signup_grants_pkey do nothing;
    is_new := found; -- else the credits were granted before the user was erased
  end if;
  if is_new and tuning.signup_credits > 0 then
    insert into public.credit_ledger (user_id, delta, kind, note)
    values (account.id, tuning.signup_credits, 'signup', 'first login');
    account.credits := tuning.signup_credits;
  end if;

  -- The same request, sent again by the network stack: the refresh token is a fresh secret of the function's.
  select s.* into session
  from private.sessions as s
  join private.refresh_tokens as t on t.session_id = s.id
  where t.token_hash = login_user.refresh_token_hash and s.user_id = account.id;
  if found then
    return pg_catalog.jsonb_build_object('user', private.user_view(account), 'session_id', session.id);
  end if;

  insert into private.sessions (user_id, expires_at)
  values (account.id, pg_catalog.clock_timestamp() + make_interval(days => tuning.session_days))
  returning * into session;
  insert into private.refresh_tokens (token_hash, session_id)
  values (login_user.refresh_token_hash, session.id);

  return pg_catalog.jsonb_build_object('user', private.user_view(account), 'session_id', session.id);
end;
$$;

comment on function public.login_user(bigint, text, text, text, text, text, boolean, text, text) is
  'Opens a session for a verified Telegram user: {"user", "session_id"}. telegram_id_hash remembers the signup credits beyond an erasure; null: not remembered. Functions only.';

revoke all on function public.login_user(bigint, text, text, text, text, text, boolean, text, text)
  from public, anon, authenticated, service_role;
grant execute on function public.login_user(bigint, text, text, text, text, text, boolean, text, text) to service_role;
