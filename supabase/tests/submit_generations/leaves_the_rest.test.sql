-- What cannot be accepted as it is gets null and changes nothing; submit_generation says why.
begin;
select plan(14);

-- SETUP
select tests.create_user(n, credits => 3) from generate_series(1, 9) as n;
select admin.erase_user(telegram_id => 9, note => 'test');
update private.settings set max_pending_per_user = 2;
select tests.as_service();
select public.login_user(1, 'A', null, null, null, null, false, repeat('a', 64));
select public.revoke_session(tests.user_id(1), s.id) from private.sessions as s;
select tests.submit(tests.user_id(2), 'busy', 'low') from generate_series(1, 2);
select public.submit_generation(tests.user_id(3), null, 'known', '1024x1024', 'low', 'png', 'key', repeat('0', 64));
create function pg_temp.outcome(submission jsonb) returns text language sql as $$
  select coalesce(a.value #>> '{answer,status}', 'left')
  from jsonb_array_elements(public.submit_generations(jsonb_build_array(
    submission, tests.submission(tests.user_id(8), 'good')))) with ordinality as a (value, place)
  where a.place = 1
$$;
create temp table before on commit drop as select count(*) as entries from public.credit_ledger;

-- TEST: each of them
select is(pg_temp.outcome(tests.submission(tests.user_id(1), changes => (
  select jsonb_build_object('session_id', s.id) from private.sessions as s))), 'left', 'an ended session');
select is(pg_temp.outcome(tests.submission(gen_random_uuid())), 'left', 'an unknown user');
select is(pg_temp.outcome(tests.submission((
  select u.id from public.users as u where u.erased_at is not null))), 'left', 'an erased user');
select is(pg_temp.outcome(tests.submission(tests.user_id(2))), 'left', 'too many unfinished');
select is(pg_temp.outcome(tests.submission(tests.user_id(4), quality => 'medium')), 'left', 'too few credits');
select is(pg_temp.outcome(tests.submission(tests.user_id(4), quality => 'best')), 'left', 'an unknown quality');
select is(pg_temp.outcome(tests.submission(tests.user_id(3), changes => jsonb_build_object(
  'idempotency_key', 'key', 'request_hash', repeat('0', 64)))), 'left', 'a key that is known');
select is(pg_temp.outcome(tests.submission(tests.user_id(3), changes => jsonb_build_object(
  'generation_id', (tests.generation('known')).id))), 'left', 'an id that is known');

-- TEST: beside them
select results_eq(
  $$ select coalesce(a.value #>> '{answer,status}', 'left') from jsonb_array_elements(public.submit_generations(
    jsonb_build_array(tests.submission(tests.user_id(5), 'first'), tests.submission(tests.user_id(5), 'second')))) as a $$,
  array['PENDING', 'left'], 'a user''s second one'
);
select is((select count(*) from public.generations as g where g.prompt = 'good'), 2::bigint,
  'the others of each batch were accepted, as long as their own lane let them');
select is(
  (select count(*) from public.credit_ledger) - (select entries from before), 3::bigint, 'what was left cost nothing'
);

-- TEST: a pause
select tests.as_owner();
select admin.pause('test');
select tests.as_service();
select results_eq(
  $$ select coalesce(a.value #>> '{refused,message}', 'left') from jsonb_array_elements(public.submit_generations(
    jsonb_build_array(tests.submission(tests.user_id(6)), tests.submission(tests.user_id(6)),
      tests.submission(tests.user_id(4), quality => 'medium')))) as a $$,
  array['Generation is paused for now: nothing was charged', 'left', 'left'],
  'while the service is paused those are refused whom nothing else concerns'
);
select is(tests.credits(6) + tests.credits(7), 6, 'and nobody pays');

-- TEST: what is no submission
select tests.as_owner();
select admin.resume('test');
select tests.as_service();
select is(
  public.submit_generations(jsonb_build_array(tests.submission(tests.user_id(6)) - 'user_id')), '[null]'::jsonb,
  'one without a user is left too'
);

select * from finish();
rollback;
