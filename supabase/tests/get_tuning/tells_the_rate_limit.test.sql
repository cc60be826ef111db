-- The setting that is applied outside the database is read live.
begin;
select plan(2);

-- SETUP
update private.settings set rate_limit_per_minute = 5;
select tests.as_service();

-- TEST: before and after a change
select is(public.get_tuning(), '{"rate_limit_per_minute": 5}'::jsonb, 'what is set');
select tests.as_owner();
update private.settings set rate_limit_per_minute = 50;
select tests.as_service();
select is(public.get_tuning(), '{"rate_limit_per_minute": 50}'::jsonb, 'a change is seen at once');

select * from finish();
rollback;
