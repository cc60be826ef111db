-- What operators did stays written, also for the owner of the database.
begin;
select plan(5);

-- SETUP
select tests.create_user(42);
select admin.grant_credits(telegram_id => 42, amount => 5, note => 'promo');

-- TEST: every way to change it
select throws_ok('update private.admin_actions set note = null', 'PX001');
select throws_ok('delete from private.admin_actions', 'PX001');
select throws_ok('truncate private.admin_actions', 'PX001');
select is((select count(*) from private.admin_actions)::integer, 1, 'the row is still there');
select lives_ok(
  $$ select admin.grant_credits(telegram_id => 42, amount => 1, note => 'more') $$, 'and others can be added'
);

select * from finish();
rollback;
