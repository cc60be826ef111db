-- A preview reaches the owner while its attempt holds the job, and its object goes with the end.
begin;
select plan(9);

-- SETUP
select tests.create_user(1);
select tests.as_service();
select tests.start(tests.user_id(1), 'a');
create function pg_temp.announce(attempt integer, object_key text) returns boolean language sql as $$
  select public.announce_preview((tests.generation('a')).id, attempt, object_key, 'https://bucket.test/' || object_key)
$$;

-- TEST: the running attempt
select is(pg_temp.announce(1, 'p1'), true, 'it is told');
select tests.as_owner();
select results_eq(
  $$ select m.topic, m.payload ->> 'status', m.payload ->> 'preview_url' from realtime.messages as m
    where m.payload ? 'preview_url' $$,
  $$ select 'user:' || tests.user_id(1), 'PROCESSING', 'https://bucket.test/p1' $$, 'the owner hears of it'
);
select tests.as_service();
select is(pg_temp.announce(1, 'p1'), true, 'again is no error');
select is(pg_temp.announce(1, 'p2'), true, 'there may be more');

-- TEST: any other
select is(pg_temp.announce(2, 'p3'), false, 'another attempt is not told');
select is(
  public.announce_preview(gen_random_uuid(), 1, 'p4', 'x'), false, 'nor an unknown generation'
);

-- TEST: the end
select is_empty('select from private.object_deletions', 'nothing is removed before');
select tests.complete(tests.generation('a'));
select set_eq('select d.object_key from private.object_deletions as d', array['p1', 'p2'], 'both are to be removed');
select is(pg_temp.announce(1, 'p5'), false, 'a late one is not told');

select * from finish();
rollback;
