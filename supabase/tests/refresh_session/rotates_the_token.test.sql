-- Each refresh token is good once, and gives the next.
begin;
select plan(8);

-- SETUP
select tests.as_service();
select public.login_user(1, 'Ada', null, 'ada', null, null, false, repeat('a', 64));
update private.sessions set expires_at = clock_timestamp() + interval '1 hour' where true;
create function pg_temp.refresh(spent text, next text) returns jsonb language sql as $$
  select public.refresh_session(repeat(spent, 64), repeat(next, 64))
$$;

-- TEST: the exchange
select is(
  pg_temp.refresh('a', 'b'),
  jsonb_build_object('outcome', 'refreshed', 'session_id', (select s.id from private.sessions as s),
    'user', jsonb_build_object('id', tests.user_id(1), 'telegram_id', 1, 'first_name', 'Ada', 'username', 'ada', 'credits', 20)),
  'it answers as a login, in the same session'
);
select set_eq(
  $$ select left(t.token_hash, 1), t.spent_at is not null from private.refresh_tokens as t $$,
  $$ values ('a', true), ('b', false) $$, 'the old token is spent, the new one is not'
);
select ok((select s.expires_at > now() + interval '29 days' from private.sessions as s), 'the session lives on');
select is(pg_temp.refresh('b', 'c') ->> 'outcome', 'refreshed', 'and so on');

-- TEST: what is refused
select is(pg_temp.refresh('x', 'd'), '{"outcome": "invalid"}'::jsonb, 'an unknown token');
update private.sessions set expires_at = clock_timestamp() - interval '1 second' where true;
select is(pg_temp.refresh('c', 'd'), '{"outcome": "invalid"}'::jsonb, 'a session that has expired');
select is((select s.revoked_at from private.sessions as s), null, 'neither revokes it');
select is((select count(*) from private.refresh_tokens)::integer, 3, 'neither leaves a token');

select * from finish();
rollback;
