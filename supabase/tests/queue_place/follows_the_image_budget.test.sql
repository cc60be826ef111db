-- Where the image budget is what holds the queue, the wait follows the claims of the last minute one by one.
begin;
select plan(7);

-- SETUP
select tests.create_user(n) from generate_series(1, 6) as n;
update private.settings set max_concurrent = 10, images_per_minute = 2;
update private.queue_state set service_ms = 1000, refreshed_at = 'infinity';
select tests.as_service();
select tests.start(tests.user_id(1), 'started');
select tests.submit(tests.user_id(n), 'p' || n) from generate_series(2, 6) as n;
select tests.as_owner();
create function pg_temp.started(ago interval) returns void language sql as $$
  update private.generation_attempts set claimed_at = clock_timestamp() - ago where true
$$;
create function pg_temp.seconds() returns setof integer language sql as $$
  select (private.queue_place(tests.generation('p' || n)) ->> 'eta_seconds')::integer from generate_series(2, 6) as n
$$;

-- TEST: one of two is spent
select pg_temp.started('20 seconds');
select results_eq('select pg_temp.seconds()', array[1, 42, 62, 103, 123],
  'one starts at once, one when the claim leaves the minute, each other a minute after the one two before it');

-- TEST: the whole budget
select pg_temp.started('58 seconds');
select results_eq('select pg_temp.seconds()', array[1, 4, 62, 65, 123], 'a claim counts for a second more than a minute');
select pg_temp.started('62 seconds');
select results_eq('select pg_temp.seconds()', array[1, 2, 62, 62, 123], 'and for no longer');

-- TEST: the provider has asked to wait
update private.provider_state set rate_paused_until = clock_timestamp() + interval '100 seconds' where singleton;
select results_eq('select pg_temp.seconds()', array[101, 102, 162, 162, 223],
  'the budget begins when the wait is over, and is whole by then');
update private.provider_state set rate_paused_until = null where singleton;

-- TEST: whichever takes longer
update private.settings set max_concurrent = 1;
update private.queue_state set service_ms = 50000;
select results_eq('select pg_temp.seconds()', array[50, 100, 150, 200, 250], 'one slot is slower than the budget');
update private.settings set max_concurrent = 10;
update private.provider_state set paused_until = clock_timestamp() + interval '100 seconds', pause_kind = 'money'
where singleton;
select ok((select min(s) from pg_temp.seconds() as s) between 149 and 150, 'a pause is waited for as well');

-- TEST: none
update private.provider_state set paused_until = null, pause_kind = null where singleton;
update private.settings set images_per_minute = null;
select results_eq('select pg_temp.seconds()', array[50, 55, 60, 65, 70], 'without a budget the slots say it');

select * from finish();
rollback;
