-- private.roll_up_metrics(): counters are the same before and after, and however often it runs.
begin;
select plan(6);

-- SETUP
select tests.create_user(42);
select tests.start(tests.user_id(42), 'old', 'low');
select public.complete_generation((tests.generation('old')).id, 1, 'https://bucket.test/a.png', latency_ms => 400000);
select tests.start(tests.user_id(42), 'new', 'low');
select tests.fail(tests.generation('new'), 'permanent', 'invalid_prompt');
update private.generation_attempts set finished_at = now() - interval '1 hour' where outcome = 'completed';
create temp table before as select public.read_metrics() -> 'counters' as counters;
create function pg_temp.has_changed() returns boolean language sql as $$
  select public.read_metrics() -> 'counters' is distinct from (select b.counters from before as b)
$$;

-- TEST: nothing is lost or doubled
select is((select count(*) from private.metric_totals), 0::bigint, 'all is counted when it is asked for');
select private.roll_up_metrics();
select is(
  (select string_agg(t.label || ' ' || t.total, ', ') from private.metric_totals as t where t.metric = 'attempts'),
  'completed 1', 'what ended more than five minutes ago is moved'
);
select is(pg_temp.has_changed(), false, 'which no counter shows');
select private.roll_up_metrics();
select is(pg_temp.has_changed(), false, 'nor does another run');
select is(
  (select t.total from private.metric_totals as t where t.metric = 'provider_calls' and t.label = ''), 1::bigint,
  'a call longer than every bound is in the last bucket'
);

-- TEST: a clock that was set back
update private.metrics_state set attempts_until = now() + interval '1 hour';
select lives_ok('select private.roll_up_metrics()', 'the mark stays where it is');

select * from finish();
rollback;
