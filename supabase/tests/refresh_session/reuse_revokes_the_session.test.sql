-- A token that comes again half a minute after it was spent was copied: whoever has it, the session ends.
begin;
select plan(10);

-- SETUP
select tests.as_service();
select public.login_user(1, 'Ada', null, null, null, null, false, repeat('a', 64));
select public.login_user(1, 'Ada', null, null, null, null, false, repeat('o', 64));
create function pg_temp.refresh(spent text, next text) returns jsonb language sql as $$
  select public.refresh_session(repeat(spent, 64), repeat(next, 64))
$$;
create function pg_temp.spent_before(age interval) returns void language sql as $$
  update private.refresh_tokens as t set spent_at = clock_timestamp() - age where t.spent_at is not null
$$;
select pg_temp.refresh('a', 'b');
select pg_temp.spent_before('31 seconds');

-- TEST: the reuse
select is(pg_temp.refresh('a', 'c'), '{"outcome": "reused"}'::jsonb, 'it is noticed and gives nothing');
select is(
  (select count(*) from private.sessions as s where s.revoked_reason = 'reuse' and s.revoked_at is not null)::integer,
  1, 'the session is revoked'
);
select is_empty($$ select from private.refresh_tokens as t where t.token_hash like 'c%' $$, 'no token was made');

-- TEST: afterwards
select is(pg_temp.refresh('b', 'd'), '{"outcome": "invalid"}'::jsonb, 'the token in force is worth nothing');
select is(pg_temp.refresh('a', 'b'), '{"outcome": "invalid"}'::jsonb, 'nor the exchange that was good once');
select throws_ok(
  $$ select public.get_generation(s.user_id, s.id, gen_random_uuid()) from private.sessions as s
    where s.revoked_at is not null $$, 'PX401', null, 'nor the access token'
);

-- TEST: the very same successor is no excuse
select is(pg_temp.refresh('o', 'p') ->> 'outcome', 'refreshed', 'the user''s other session lives on');
select pg_temp.spent_before('31 seconds');
select is(pg_temp.refresh('o', 'p'), '{"outcome": "reused"}'::jsonb, 'after half a minute');
select is(pg_temp.refresh('x', 'y'), '{"outcome": "invalid"}'::jsonb, 'an unknown token revokes nothing');
select is(tests.credits(1), 20, 'no credits move');

select * from finish();
rollback;
