-- Live numbers: one row, sane values, every change on record.
begin;
select plan(16);

-- SETUP
create function pg_temp.refused(assignment text) returns text language plpgsql as $$
begin
  execute 'update private.settings set ' || assignment;
  return null;
exception when others then
  return sqlstate;
end;
$$;

-- TEST: one row
select is((select count(*) from private.settings)::integer, 1, 'there is one');
select throws_ok('insert into private.settings default values', '23505', null, 'and no second');
select throws_ok('insert into private.settings (singleton) values (false)', '23514', null, 'under any key');

-- TEST: sane values
select is(pg_temp.refused(assignment), '23514', assignment) from unnest(array[
  'max_concurrent = -1', 'images_per_minute = 0', 'per_user_concurrency = 0', 'max_pending_per_user = 0',
  'rate_limit_per_minute = 0', 'max_attempts = 0', 'max_queue_seconds = 0', 'signup_credits = -1',
  'partial_images = 4', 'lease_seconds = 1'
]) as assignment;

-- TEST: the audit
update private.settings set max_concurrent = 10;
create temporary table seen on commit drop as select coalesce(max(a.id), 0) as id from private.admin_actions as a;
update private.settings set max_concurrent = 20, images_per_minute = 5;
update private.settings set max_concurrent = 20;
update public.prices set credits = 2 where quality = 'low';
select results_eq(
  $$ select a.action, a.arguments #>> '{before,max_concurrent}', a.arguments #>> '{after,max_concurrent}',
      a.arguments #>> '{after,credits}' from private.admin_actions as a, seen where a.id > seen.id order by a.id $$,
  $$ values ('update private.settings', '10', '20', null::text), ('update public.prices', null, null, '2') $$,
  'a change leaves both values, no change leaves nothing'
);
select is((select count(distinct a.actor) from private.admin_actions as a)::integer, 1, 'and who did it');

-- TEST: a price is read live
select tests.create_user(1);
select tests.submit(tests.user_id(1), 'a', 'low');
select is(tests.credits(1), 18, 'the next submission costs the new price');

select * from finish();
rollback;
