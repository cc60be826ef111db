-- Two tabs with one token, or an answer that was lost: for half a minute the exchange is repeated, and the session lives.
begin;
select plan(10);

-- SETUP
select tests.as_service();
select public.login_user(1, 'Ada', null, null, null, null, false, repeat('a', 64));
create function pg_temp.refresh(spent text, next text) returns jsonb language sql as $$
  select public.refresh_session(repeat(spent, 64), repeat(next, 64))
$$;
create function pg_temp.spent_before(age interval) returns void language sql as $$
  update private.refresh_tokens as t set spent_at = clock_timestamp() - age where t.spent_at is not null
$$;
create temp table first on commit drop as select pg_temp.refresh('a', 'b') as answer;

-- TEST: the same exchange again
select is((select answer ->> 'outcome' from first), 'refreshed');
select is(pg_temp.refresh('a', 'b'), (select answer from first), 'it is answered again, with the same session');
select pg_temp.spent_before('25 seconds');
select is(pg_temp.refresh('a', 'b'), (select answer from first), 'as often as it comes within half a minute');
select is_empty('select from private.sessions as s where s.revoked_at is not null', 'no session is revoked');
select set_eq(
  $$ select left(t.token_hash, 1), t.spent_at is not null from private.refresh_tokens as t $$,
  $$ values ('a', true), ('b', false) $$, 'the next token is there once, and unspent'
);

-- TEST: one tab is ahead of the other
select is(pg_temp.refresh('b', 'c') ->> 'outcome', 'refreshed', 'the next token is good for the next exchange');
select is(pg_temp.refresh('a', 'b') ->> 'outcome', 'refreshed', 'the first still gives the second');
select is(pg_temp.refresh('b', 'c') ->> 'outcome', 'refreshed', 'and that the third');

-- TEST: the key of the successors was changed meanwhile
select is(pg_temp.refresh('a', 'd') ->> 'outcome', 'refreshed', 'another successor is good, too');
select is(pg_temp.refresh('d', 'e') ->> 'outcome', 'refreshed', 'and lives on');

select * from finish();
rollback;
