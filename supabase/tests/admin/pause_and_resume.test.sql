-- select admin.pause(note => 'why'); select admin.resume(note => 'over');
begin;
select plan(12);

-- SETUP
delete from vault.secrets where name in ('worker_url', 'worker_secret'); -- of the seed
select tests.create_user(1);
select tests.start(tests.user_id(1), 'running');
select vault.create_secret('http://worker.test/', 'worker_url');
select vault.create_secret('secret', 'worker_secret');

-- TEST: pause
select admin.pause(note => 'maintenance');
select results_eq(
  'select p.paused_until, p.pause_kind, p.pause_note from private.provider_state as p',
  $$ values ('infinity'::timestamptz, 'operator', 'maintenance') $$, 'it has no end of its own'
);
select throws_ok($$ select tests.submit(tests.user_id(1)) $$, 'PX503');
select is(tests.complete(tests.generation('running')), 'completed', 'running images finish');
select is((select p.pause_kind from private.provider_state as p), 'operator', 'which ends no pause');
select private.pause_provider('money', 'no funds');
select is((select p.pause_note from private.provider_state as p), 'maintenance', 'missing funds do not shorten it');

-- TEST: resume
update private.provider_state
set rate_paused_until = 'infinity', concurrency_limit = 1, pause_count = 5,
  streak_signature = 'x' where singleton;
select public.retire_model('m', 1);
select admin.resume(note => 'over');
select results_eq(
  'select p.paused_until, p.pause_kind, p.pause_note, p.pause_count, p.rate_paused_until, p.concurrency_limit,
    p.streak_signature, private.retired_models() from private.provider_state as p',
  $$ values (null::timestamptz, null::text, null::text, 0, null::timestamptz, null::integer, null::text, '{}'::text[]) $$,
  'it ends whatever held'
);
select is(
  (select r.headers ->> 'x-ring' from net.http_request_queue as r), 'sweep', 'it rings a worker'
);
select lives_ok($$ select tests.submit(tests.user_id(1)) $$, 'submissions are accepted');
select lives_ok('select admin.resume()', 'again is no error, and the note has a default');

-- TEST: the audit
select results_eq(
  'select a.action, a.note from private.admin_actions as a order by a.id',
  $$ values ('admin.pause', 'maintenance'), ('admin.resume', 'over'), ('admin.resume', 'resumed') $$
);
select throws_ok($$ select admin.pause('') $$, 'PX003', null, 'a note is wanted');
select throws_ok($$ select admin.resume('') $$, 'PX003', null, 'here too');

select * from finish();
rollback;
