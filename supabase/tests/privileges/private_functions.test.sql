-- What service_role may call behind the public functions, and what is the owner's alone.
begin;
select plan(5);

-- SETUP
create function pg_temp.functions_of(schema text, role text) returns setof text language sql as $$
  select p.proname::text from pg_proc as p
  where p.pronamespace = schema::regnamespace
    and (role is null or has_function_privilege(role, p.oid, 'execute'))
$$;

-- TEST: private
select set_eq($$ select pg_temp.functions_of('private', 'service_role') $$, array[
  'add_to_totals', 'admit_submissions', 'assert_session', 'check_submissions', 'claim_retry_after_ms', 'concurrency_limit',
  'count_attempts', 'count_failed_attempts', 'count_failure_streak', 'count_ledger', 'count_purchases', 'end_attempt', 'enqueue_generation', 'enqueue_next', 'expected_wait_seconds',
  'finish_without_picture', 'free_slots', 'generation_view', 'images_in_budget', 'last_sweep', 'lock_generation',
  'lock_submitters', 'lower_pace', 'measure_service_time', 'ms_until', 'object_key', 'pause_provider',
  'place_in_queue', 'poll_after_ms', 'post_to_worker', 'queue_estimate', 'queue_length', 'queue_pace',
  'recover_pace', 'refusal', 'release_slots', 'retired_models', 'return_unclaimed_messages', 'send_generation',
  'send_to_owner', 'slots_in_use', 'submission_answer', 'user_view', 'wake_workers'
]);
select set_eq(
  $$ select f from pg_temp.functions_of('private', null) as f
    except select pg_temp.functions_of('private', 'service_role') $$,
  array[
    'apply_ledger_entries', 'audit_settings_change', 'broadcast_generation', 'check_ledger', 'clean_up', 'expire_waiting',
    'guard_generation_transition', 'expire_lease', 'expire_leases', 'plan_bot_message',
    'refuse_change', 'repair_queue', 'retire_previews', 'roll_up_metrics', 'wake_on_settings_change',
    'wake_for_waiting', 'wake_on_generation_insert', 'sweep'
  ], 'the sweep''s and the triggers'' are the owner''s'
);
select is_empty(
  $$ select from unnest(array['anon', 'authenticated', 'authenticator']) as role,
    unnest(array['private', 'admin']) as schema, pg_temp.functions_of(schema, role) $$, 'clients call none'
);

-- TEST: admin
select set_eq($$ select pg_temp.functions_of('admin', null) $$, array[
  'erase_user', 'find_user', 'grant_credits', 'pause', 'record_action', 'refund_generation',
  'requeue_generation', 'resume', 'trace', 'trace_attempts', 'trace_delivery', 'trace_end', 'trace_request'
]);
select is_empty($$ select pg_temp.functions_of('admin', 'service_role') $$, 'the operator''s are nobody else''s');

select * from finish();
rollback;
