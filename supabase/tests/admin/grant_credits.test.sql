-- select admin.grant_credits(telegram_id => 42, amount => 50, note => 'promo');
begin;
select plan(14);

-- SETUP
select tests.create_user(42, credits => 10);

-- TEST: bounds
select throws_like(
  $$ select admin.grant_credits(telegram_id => 42, amount => 2147483647, note => 'too much') $$, '%wanted 1000000000 at most%');
select throws_like(
  $$ select admin.grant_credits(telegram_id => 42, amount => -2147483648, note => 'too much') $$, '%the balance is 10');

-- TEST: giving and taking
select is(admin.grant_credits(telegram_id => 42, amount => 50, note => 'promo'), 60, 'it tells the new balance');
select is(admin.grant_credits(telegram_id => 42, amount => -60, note => 'abuse'), 0, 'credits can be taken back');
select is(tests.credits(42), 0, 'the balance moved');
select results_eq(
  $$ select l.delta, l.note, l.actor from public.credit_ledger as l where l.kind = 'grant' order by l.id $$,
  $$ values (50, null::text, session_user::text collate "default"), (-60, null, session_user::text collate "default") $$,
  'the ledger says who; the note is not the user''s to read'
);
select results_eq(
  'select a.action, a.arguments, a.note from private.admin_actions as a order by a.id',
  $$ values
    ('admin.grant_credits', jsonb_build_object('user_id', tests.user_id(42), 'amount', 50), 'promo'),
    ('admin.grant_credits', jsonb_build_object('user_id', tests.user_id(42), 'amount', -60), 'abuse') $$, 'so does the audit'
);

-- TEST: refusals
select throws_ok(
  $$ select admin.grant_credits(42, -1, 'too much') $$, 'PX402', 'Cannot take 1 credits: the balance is 0'
);
select throws_ok($$ select admin.grant_credits(42, 0, 'nothing') $$, 'PX003');
select throws_ok($$ select admin.grant_credits(42, null, 'nothing') $$, 'PX003');
select throws_ok($$ select admin.grant_credits(42, 5, '  ') $$, 'PX003', null, 'a note is wanted');
select throws_ok($$ select admin.grant_credits(43, 5, 'who') $$, 'PX004', 'No user has the Telegram id 43');
select is((select count(*) from private.admin_actions)::integer, 2, 'refusals leave no audit row');
select is_empty('select * from admin.ledger_violations', 'the ledger agrees');

select * from finish();
rollback;
