-- Signup credits are given once a Telegram user, also to one who was erased and comes back.
begin;
select plan(5);

-- SETUP
create function pg_temp.log_in(telegram_id bigint, hash text) returns integer language sql as $$
  select (public.login_user(telegram_id, 'Ada', null, null, null, null, false, repeat(left(hash, 1), 64), hash)
    -> 'user' ->> 'credits')::integer
$$;

-- TEST: the first login, and the first after an erasure
select is(pg_temp.log_in(1, repeat('a', 64)), 20, 'the first login is given signup credits');
select admin.erase_user(telegram_id => 1, note => 'asked by mail');
select is(pg_temp.log_in(1, repeat('a', 64)), 0, 'the same person is not given them again');
select is(pg_temp.log_in(2, repeat('b', 64)), 20, 'another one is');
select is((select count(*) from private.signup_grants)::integer, 2, 'hashes alone are remembered');
select is_empty('select * from admin.ledger_violations', 'the ledger is right');

select * from finish();
rollback;
