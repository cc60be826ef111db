-- A spent token names neither itself nor another session's token as the one it was exchanged for.
begin;
select plan(2);

-- SETUP
select tests.as_service();
select public.login_user(1, 'Ada', null, null, null, null, false, repeat('a', 64));
select public.login_user(1, 'Ada', null, null, null, null, false, repeat('d', 64));
create function pg_temp.refresh(spent text, next text) returns jsonb language sql as $$
  select public.refresh_session(repeat(spent, 64), repeat(next, 64))
$$;
select pg_temp.refresh('a', 'b'), pg_temp.refresh('d', 'e');

-- TEST: what is no exchange that was made
select is(pg_temp.refresh('a', 'a'), '{"outcome": "reused"}'::jsonb, 'itself');
select is(pg_temp.refresh('d', 'b'), '{"outcome": "reused"}'::jsonb, 'a token of another session');

select * from finish();
rollback;
