-- A request that the network sent twice is one exchange; whoever cannot name its next token is a thief.
begin;
select plan(10);

-- SETUP
select tests.as_service();
select public.login_user(1, 'Ada', null, null, null, null, false, repeat('a', 64));
select public.login_user(1, 'Ada', null, null, null, null, false, repeat('o', 64));
create function pg_temp.refresh(spent text, next text) returns jsonb language sql as $$
  select public.refresh_session(repeat(spent, 64), repeat(next, 64))
$$;
create temp table first on commit drop as select pg_temp.refresh('a', 'b') as answer;

-- TEST: the very same call
select is((select answer ->> 'outcome' from first), 'refreshed');
select is(pg_temp.refresh('a', 'b'), (select answer from first), 'it is answered again, with the same session');
select is(pg_temp.refresh('a', 'b'), (select answer from first), 'as often as it comes');
select is_empty('select from private.sessions as s where s.revoked_at is not null', 'no session is revoked');
select set_eq(
  $$ select left(t.token_hash, 1), t.spent_at is not null from private.refresh_tokens as t $$,
  $$ values ('a', true), ('b', false), ('o', false) $$, 'the next token is there once, and unspent'
);
select is(pg_temp.refresh('b', 'c') ->> 'outcome', 'refreshed', 'it is good for the next exchange');

-- TEST: a spent token with anything else
select is(pg_temp.refresh('a', 'c'), '{"outcome": "reused"}'::jsonb, 'a later token of the session is not its next');
select is(
  (select s.revoked_reason from private.sessions as s, first where s.id = (first.answer ->> 'session_id')::uuid),
  'reuse', 'the session is revoked'
);
select is(pg_temp.refresh('b', 'c'), '{"outcome": "invalid"}'::jsonb, 'and stays so for the very same call');
select is(
  (select count(*) from private.sessions as s where s.revoked_at is null)::integer, 1, 'the other session lives on'
);

select * from finish();
rollback;
