-- A Telegram user refreshes so often a minute and no oftener, with however many sessions.
begin;
select plan(8);

-- SETUP
select tests.as_service();
select public.login_user(1, 'Ada', null, null, null, null, false, repeat('a', 64));
select public.login_user(1, 'Ada', null, null, null, null, false, repeat('b', 64));
select public.login_user(2, 'Bob', null, null, null, null, false, repeat('c', 64));
create function pg_temp.refresh(spent text, next text) returns jsonb language sql as $$
  select public.refresh_session(repeat(spent, 64), repeat(next, 64), 2)
$$;

-- TEST: over all sessions of a user
select is(pg_temp.refresh('a', '1') ->> 'outcome', 'refreshed', 'the first');
select is(pg_temp.refresh('b', '2') ->> 'outcome', 'refreshed', 'the second, of another session');
select is(
  pg_temp.refresh('1', '3') #- '{rate_limit,reset_seconds}',
  '{"outcome": "limited", "rate_limit": {"allowed": false, "limit": 2, "remaining": 0}}'::jsonb, 'no third'
);
select is(pg_temp.refresh('c', '4') ->> 'outcome', 'refreshed', 'another user is not concerned');

-- TEST: a refused token stays good
update private.rate_limits as r set updated_at = r.updated_at - interval '1 minute' where true;
select is(pg_temp.refresh('1', '3') ->> 'outcome', 'refreshed', 'once the bucket has filled');

-- TEST: theft is no attempt
update private.rate_limits as r set tokens = 0, updated_at = clock_timestamp() where true;
update private.refresh_tokens as t set spent_at = clock_timestamp() - interval '1 minute' where t.spent_at is not null;
select is(pg_temp.refresh('1', '5') ->> 'outcome', 'reused', 'a spent token revokes its session, limit or no limit');
select is(pg_temp.refresh('2', '6') ->> 'outcome', 'limited', 'the other session is still there');

-- TEST: no limit given
select is(
  public.refresh_session(repeat('2', 64), repeat('6', 64)) ->> 'outcome', 'refreshed', 'the caller decides on a limit'
);

select * from finish();
rollback;
