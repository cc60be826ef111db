-- The named checks carry what each status means.
begin;
select plan(17);

-- SETUP
select tests.create_user(1);
update private.settings set per_user_concurrency = 3;
select tests.submit(tests.user_id(1), 'pending');
select tests.start(tests.user_id(1), 'processing');
select tests.submit(tests.user_id(1), 'later');
create function pg_temp.refused_by(assignments text, prompt text default 'later') returns text language plpgsql as $$
declare
  name text;
begin
  execute format('update public.generations set %s where prompt = %L', assignments, prompt);
  return null;
exception when check_violation then
  get stacked diagnostics name = constraint_name;
  return name;
end;
$$;

-- TEST: PENDING and PROCESSING
select is(pg_temp.refused_by('attempt = 1'), 'generations_pending_not_started');
select is(pg_temp.refused_by('started_at = now()'), 'generations_pending_not_started');
select is(pg_temp.refused_by('status = ''PROCESSING'''), 'generations_processing_has_started');
select is(pg_temp.refused_by('message_id = null', 'processing'), 'generations_processing_has_started');
select is(pg_temp.refused_by('queued_at = null', 'processing'), 'generations_queued_has_message');

-- TEST: ends
select is(pg_temp.refused_by('finished_at = now()', 'processing'), 'generations_finished_has_time');
select is(pg_temp.refused_by('status = ''CANCELLED'', message_id = null'), 'generations_finished_has_time');
select is(
  pg_temp.refused_by('status = ''COMPLETED'', finished_at = now(), message_id = null', 'processing'),
  'generations_completed_has_url');
select is(pg_temp.refused_by('public_url = ''x''', 'processing'), 'generations_completed_has_url');
select is(
  pg_temp.refused_by('status = ''FAILED'', finished_at = now(), message_id = null'), 'generations_failed_has_error_code');
select is(pg_temp.refused_by('error_code = ''internal'''), 'generations_failed_has_error_code');
select is(
  pg_temp.refused_by('status = ''FAILED'', error_code = ''oops'', finished_at = now(), message_id = null'),
  'generations_error_code_known');
select is(
  pg_temp.refused_by('status = ''CANCELLED'', finished_at = now()'), 'generations_finished_left_queue');
select is(pg_temp.refused_by('deleted_at = now()'), 'generations_deleted_is_finished');

-- TEST: values
select is(pg_temp.refused_by('cost = 0'), 'generations_cost_positive');
select throws_ok($$ update public.generations set status = 'DONE' $$, 'PX002', null, 'an unknown status is no transition');
select throws_ok(
  $$ update public.generations set message_id = (tests.generation('processing')).message_id where prompt = 'later' $$,
  '23505', null, 'a message belongs to one row');

select * from finish();
rollback;
