-- A pace lowered after rate 429s grows back by a tenth every five seconds.
begin;
select plan(12);

-- SETUP
select tests.create_user(1);
update private.settings set max_concurrent = 30;
update private.provider_state
set concurrency_limit = 20, concurrency_changed_at = clock_timestamp();
select tests.as_service();
create function pg_temp.later() returns integer language plpgsql as $$
begin
  update private.provider_state as p
  set concurrency_changed_at = p.concurrency_changed_at - interval '6 seconds' where p.singleton;
  perform tests.claim();
  return (select p.concurrency_limit from private.provider_state as p);
end;
$$;

-- TEST: step by step
select tests.claim();
select is((select p.concurrency_limit from private.provider_state as p), 20, 'it stays for five seconds');
select is(pg_temp.later(), 22, 'then grows by a tenth');
select is(private.concurrency_limit(), 22, 'which is the semaphore''s size');
select is(array[pg_temp.later(), pg_temp.later(), pg_temp.later()], array[24, 26, 28], 'and on');
select is(pg_temp.later(), null, 'until it is the operator''s again');
select is(private.concurrency_limit(), 30, 'then max_concurrent rules');

-- TEST: a quiet time
update private.provider_state set concurrency_limit = 10, concurrency_changed_at = clock_timestamp() - interval '16 seconds';
select tests.claim();
select is((select p.concurrency_limit from private.provider_state as p), 13, 'three steps at once when nobody claimed');
update private.provider_state set concurrency_limit = 1, concurrency_changed_at = '-infinity';
select tests.claim();
select is((select p.concurrency_limit from private.provider_state as p), null, 'however long it was');

-- TEST: no quiet
update private.provider_state set concurrency_limit = 10, concurrency_changed_at = clock_timestamp() - interval '1 hour',
  rate_refused_at = clock_timestamp() - interval '4 seconds';
select tests.claim();
select is((select p.concurrency_limit from private.provider_state as p), 10, 'while the provider refuses it stays');
update private.provider_state set rate_refused_at = clock_timestamp() - interval '1 hour',
  rate_paused_until = clock_timestamp() + interval '1 hour';
select tests.claim();
select is((select p.concurrency_limit from private.provider_state as p), 10, 'while everybody waits it stays');
update private.provider_state set rate_paused_until = clock_timestamp() - interval '11 seconds';
select tests.claim();
select is((select p.concurrency_limit from private.provider_state as p), 10, 'nor while nobody has called since: silence is not quiet');
select tests.submit(tests.user_id(1), 'the first call');
select tests.claim();
update private.generation_attempts set claimed_at = clock_timestamp() - interval '10.5 seconds' where true;
select tests.claim();
select is((select p.concurrency_limit from private.provider_state as p), 12, 'it grows from the first call after the wait on');

select * from finish();
rollback;
