-- select admin.erase_user(telegram_id => 42, note => 'asked by mail');
begin;
select plan(14);

-- SETUP
select public.login_user(42, 'Ada', 'Lovelace', 'ada', 'en', 'https://t.me/p.jpg', true, repeat('a', 64));
select tests.start(tests.user_id(42), 'my secret wish', 'low');
select tests.complete(tests.generation('my secret wish'));
select public.submit_generation(
  tests.user_id(42), null, 'another wish', '1024x1024', 'low', 'png', 'key', 'hash');
create temp table account on commit drop as select tests.user_id(42) as id, (tests.generation('my secret wish')).id as picture;

-- TEST: refused while an image is being painted
select tests.claim();
select throws_ok($$ select admin.erase_user(42, 'asked') $$, 'PX003');
select tests.fail(tests.generation('another wish'), 'permanent', 'internal');
select tests.submit(tests.user_id(42), 'a third wish', 'low');

-- TEST: the erasure
select is(admin.erase_user(telegram_id => 42, note => 'asked by mail'), 3, 'it tells how many generations');
select results_eq(
  $$ select u.telegram_id, u.first_name, u.last_name, u.username, u.language_code, u.photo_url from public.users as u $$,
  $$ values (null::bigint, '[erased]', null::text, null::text, null::text, null::text) $$, 'no personal data is left'
);
select is_empty(
  $$ select from public.generations as g where g.prompt <> '[erased]' or g.deleted_at is null $$, 'no prompt either'
);
select is_empty('select from private.sessions', 'no session');
select is_empty('select from private.refresh_tokens', 'no token');
select is_empty('select from private.idempotency_keys', 'no stored answer');
select is(
  (select array_agg(d.object_key) from private.object_deletions as d),
  (select array['generations/' || a.picture || '.png'] from account as a), 'the picture is to be removed'
);
select is_empty('select from pgmq.q_generations', 'what waited is cancelled');
select is((select sum(l.delta) from public.credit_ledger as l)::integer, 19, 'the accounts stay whole');
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
