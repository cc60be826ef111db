-- Whatever a stored moment holds, the time until it is a number between 0 and a day.
begin;
select plan(8);

-- TEST: each kind
select is(private.ms_until(null), 0, 'nothing');
select is(private.ms_until('-infinity'), 0, 'minus infinity');
select is(private.ms_until('infinity'), 86400000, 'infinity');
select is(private.ms_until(clock_timestamp() - interval '400 days'), 0, 'long ago');
select is(private.ms_until(clock_timestamp() + interval '400 days'), 86400000, 'far ahead');
select is(private.ms_until('4714-11-24 00:00:00+00 BC'), 0, 'the earliest moment');
select is(private.ms_until('294276-12-31 23:59:59+00'), 86400000, 'the latest moment');
select ok(private.ms_until(clock_timestamp() + interval '1 hour') between 3000000 and 3600000, 'an hour');

select * from finish();
rollback;
