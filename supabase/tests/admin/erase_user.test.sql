-- select admin.erase_user(telegram_id => 42, note => 'asked by mail');
begin;
select plan(17);

-- SETUP
select public.login_user(42, 'Ada', 'Lovelace', 'ada', 'en', 'https://t.me/p.jpg', true, repeat('a', 64));
select tests.start(tests.user_id(42), 'my secret wish', 'low');
select tests.complete(tests.generation('my secret wish'));
select tests.submit_raw(tests.submission(tests.user_id(42), 'another wish', 'low',
  '{"idempotency_key": "key", "request_hash": "hash"}'));
create temp table account on commit drop as select tests.user_id(42) as id, (tests.generation('my secret wish')).id as picture;

-- TEST: refused while an image is being generated
select tests.claim();
select throws_ok($$ select admin.erase_user(42, 'asked') $$, 'PX003');
select tests.fail(tests.generation('another wish'), 'permanent', 'internal');
create temp table failed on commit drop as select (tests.generation('another wish')).id;
select is(
  (select d.message ->> 'reason' from pgmq.a_generations as d), 'made to fail', 'until then the operator reads the reasons'
);
-- One whose key was not queued when it ended, as the provider had refused it; and one of somebody else.
select tests.start(tests.user_id(42), 'a refused wish', 'low');
select tests.fail(tests.generation('a refused wish'), 'permanent', 'moderation_blocked');
create temp table refused on commit drop as select (tests.generation('a refused wish')).id;
select tests.create_user(7);
select tests.start(tests.user_id(7), 'not erased', 'low');
select tests.fail(tests.generation('not erased'), 'permanent', 'invalid_prompt');
select tests.submit(tests.user_id(42), 'a third wish', 'low');

-- TEST: the erasure
select is(admin.erase_user(telegram_id => 42, note => 'asked by mail'), 4, 'it tells how many generations');
select results_eq(
  $$ select u.telegram_id, u.first_name, u.last_name, u.username, u.language_code, u.photo_url
    from public.users as u join account as a on a.id = u.id $$,
  $$ values (null::bigint, '[erased]', null::text, null::text, null::text, null::text) $$, 'no personal data is left'
);
select is_empty(
  $$ select from public.generations as g join account as a on a.id = g.user_id
    where g.prompt <> '[erased]' or g.deleted_at is null $$, 'no prompt either'
);
select results_eq(
  $$ select p.generation_id, p.outcome, p.error_message from private.generation_attempts as p
    join public.generations as g on g.id = p.generation_id
    where p.error_code is not null order by g.created_at $$,
  $$ select f.id, 'permanent', null::text from failed as f
    union all select r.id, 'permanent', null from refused as r
    union all select (tests.generation('not erased')).id, 'permanent', 'made to fail' $$,
  'nothing the provider said, but to others'
);
select set_eq(
  'select d.message from pgmq.a_generations as d',
  $$ select jsonb_build_object('generation_id', f.id, 'error_code', 'internal') from failed as f
    union all select jsonb_build_object('generation_id', (tests.generation('not erased')).id,
      'error_code', 'invalid_prompt', 'reason', 'made to fail') $$, 'nor in the dead letters'
);
select is_empty('select from private.sessions', 'no session');
select is_empty('select from private.refresh_tokens', 'no token');
select is_empty('select from private.idempotency_keys', 'no stored answer');
select set_eq(
  'select d.object_key from private.object_deletions as d',
  $$ select format('generations/%s.png', id)
    from (select a.picture as id from account as a
      union all select f.id from failed as f union all select r.id from refused as r) as attempted $$,
  'what any attempt may have stored is to be removed, and nothing of what only waited'
);
select is_empty('select from pgmq.q_generations', 'what waited is cancelled');
select is(
  (select sum(l.delta) from public.credit_ledger as l join account as a on a.id = l.user_id)::integer, 19, 'the accounts stay whole'
);
select is_empty('select * from admin.ledger_violations', 'the ledger agrees');

-- TEST: afterwards
select results_eq(
  'select a.action, a.arguments from private.admin_actions as a',
  $$ select 'admin.erase_user', jsonb_build_object('user_id', a.id) from account as a $$, 'the audit names no Telegram id'
);
select throws_ok($$ select admin.erase_user(42, 'again') $$, 'PX004');
select is(
  public.login_user(42, 'Ada', null, null, null, null, false, repeat('b', 64)) #>> '{user,credits}', '20',
  'whoever comes back is a new user'
);

select * from finish();
rollback;
