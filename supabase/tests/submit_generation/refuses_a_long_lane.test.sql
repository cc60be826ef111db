-- Whoever would wait in the own lane for longer than max_queue_seconds is refused, and nobody else is.
begin;
select plan(10);

-- SETUP
select tests.create_user(n, credits => 20) from generate_series(1, 3) as n;
update private.settings set max_concurrent = 10, per_user_concurrency = 1, max_queue_seconds = 25, max_pending_per_user = 10;
update private.queue_state set service_ms = 10000, refreshed_at = 'infinity';
select tests.as_service();
create function pg_temp.together(telegram_ids bigint[]) returns setof text language sql as $$
  select coalesce(a.value #>> '{answer,status}', 'left')
  from jsonb_array_elements(public.submit_generations((
    select jsonb_agg(tests.submission(tests.user_id(u.id)) order by u.place)
    from unnest(telegram_ids) with ordinality as u (id, place)
  ))) with ordinality as a (value, place)
  order by a.place
$$;

-- TEST: one by one
select lives_ok(
  $$ select tests.submit(tests.user_id(1), 'p' || n, 'low') from generate_series(1, 3) as n $$,
  'three follow one another within 25 s, though one at a time'
);
select throws_ok(
  $$ select tests.submit(tests.user_id(1), 'p4', 'low') $$, 'PX503',
  'Behind your other generations this one would wait too long for now: nothing was charged', 'the fourth would wait 30 s'
);
select is(
  tests.detail_of($$ select tests.submit(tests.user_id(1), 'p4', 'low') $$), '{"retry_after_seconds": 5}'::jsonb,
  'it is told when it would not'
);
select is(tests.credits(1), 17, 'and is not charged');

-- TEST: together
select results_eq('select pg_temp.together(array[1, 2])', array['left', 'PENDING'], 'a batch leaves it to submit_generation');
select results_eq('select pg_temp.together(array[2, 3])', array['PENDING', 'PENDING'], 'and accepts a lane that is short');
select is((select count(*)::integer from public.generations as g where g.message_id is null), 3, 'three wait in lanes');

-- TEST: later
select tests.claim();
select tests.complete(tests.generation('p1'));
select lives_ok($$ select tests.submit(tests.user_id(1), 'p4', 'low') $$, 'when the first has ended there is time for it');
select throws_ok($$ select tests.submit(tests.user_id(1), 'p5', 'low') $$, 'PX503', null, 'and for no more');

-- TEST: the user's other limits come first
select tests.as_owner();
update private.settings set max_pending_per_user = 3;
select tests.as_service();
select throws_ok(
  $$ select tests.submit(tests.user_id(1), 'p5', 'low') $$, 'PX430', 'Too many unfinished generations: 3 of 3',
  'who may have no more is told so'
);

select * from finish();
rollback;
