-- A user whose prompts are blocked again and again is refused for a while, before any charge.
begin;
select plan(10);

-- SETUP
select tests.create_user(n, credits => 100) from generate_series(1, 2) as n;
update private.settings set max_blocked_per_hour = 2, max_pending_per_user = 100, per_user_concurrency = 100;
create function pg_temp.block(prompt text) returns void language plpgsql as $$
begin
  perform tests.start(tests.user_id(1), prompt, 'low');
  perform tests.fail(tests.generation(prompt), 'permanent', 'moderation_blocked');
end;
$$;
create function pg_temp.time_passes(how_long interval) returns void language sql as $$
  update public.generations as g set finished_at = g.finished_at - how_long where g.finished_at is not null
$$;

-- TEST: up to the limit
select pg_temp.block('first');
select pg_temp.time_passes('50 minutes');
select lives_ok($$ select tests.submit(tests.user_id(1), 'harmless', 'low') $$, 'one block is forgiven');
select pg_temp.block('second');

-- TEST: beyond it
select throws_ok(
  $$ select tests.submit(tests.user_id(1), 'third', 'low') $$,
  'PX431', 'Too many prompts were blocked by moderation: 2 within an hour'
);
select ok(
  (tests.detail_of($$ select tests.submit(tests.user_id(1), 'third', 'low') $$) ->> 'retry_after_seconds')::integer
    between 300 and 600, 'until the oldest of them is an hour old'
);
select is(tests.credits(1), 99, 'nothing was charged but the harmless one');
select lives_ok($$ select tests.submit(tests.user_id(2), 'mine', 'low') $$, 'others are not concerned');
select is(
  (select u.blocked_last_hour from admin.users as u where u.telegram_id = 1), 2::bigint, 'the operator sees the count'
);

-- TEST: hiding a blocked one does not help
select public.delete_generation(tests.user_id(1), null, (tests.generation('second')).id);
select throws_ok($$ select tests.submit(tests.user_id(1), 'third', 'low') $$, 'PX431');

-- TEST: time
select pg_temp.time_passes('11 minutes');
select lives_ok($$ select tests.submit(tests.user_id(1), 'later', 'low') $$, 'once the oldest is an hour old');
select is(
  (select u.blocked_last_hour from admin.users as u where u.telegram_id = 1), 1::bigint, 'the count follows'
);

-- TEST: other failures do not count
select tests.start(tests.user_id(2), 'x', 'low');
select tests.fail(tests.generation('x'), 'permanent', 'invalid_prompt');
select tests.start(tests.user_id(2), 'y', 'low');
select tests.fail(tests.generation('y'), 'permanent', 'invalid_prompt');
select lives_ok($$ select tests.submit(tests.user_id(2), 'z', 'low') $$, 'an invalid prompt is no offence');

select * from finish();
rollback;
