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
  'accept_generation', 'acceptable_submissions', 'admit', 'admit_batch', 'assert_session', 'budget_leaving', 'budget_starts_within', 'claim_retry_after_ms', 'concurrency_limit', 'count_queued',
  'end_attempt', 'enforce_rate_limit', 'enqueue_generation', 'enqueue_next', 'expected_wait_seconds', 'finish_unpaid', 'free_slots',
  'generation_view', 'images_in_budget', 'lane_place', 'lane_served_before', 'lane_turn', 'lock_generation', 'lower_pace', 'measured_service_ms', 'object_key', 'pause_provider', 'place_in_queue', 'placed_submissions',
  'poll_after_ms', 'post_to_worker', 'queue_place', 'queue_speed', 'queue_tail', 'recover_pace', 'refresh_queue_state',
  'refuse_long_lane', 'refuse_submissions', 'release_slots', 'replay_generation', 'ring_for_others', 'ring_worker', 'room_in_queue', 'send_generation', 'send_to_owner',
  'settle_unclaimed', 'slots_in_use', 'spent_attempts', 'submission_answer', 'user_view', 'users_with_free_buckets',
  'wait_behind', 'waiting_now'
]);
select set_eq(
  $$ select f from pg_temp.functions_of('private', null) as f
    except select pg_temp.functions_of('private', 'service_role') $$,
  array[
    'apply_ledger_entries', 'audit_settings_change', 'broadcast_generation', 'clean_up', 'expire_waiting',
    'guard_generation_transition', 'lose_attempt', 'lose_attempts', 'plan_bot_message',
    'refuse_audit_change', 'refuse_ledger_change', 'repair_queue', 'retire_previews', 'ring_after_tuning',
    'ring_for_waiting', 'ring_on_generation_insert', 'sweep'
  ], 'the sweep''s and the triggers'' are the owner''s'
);
select is_empty(
  $$ select from unnest(array['anon', 'authenticated', 'authenticator']) as role,
    unnest(array['private', 'admin']) as schema, pg_temp.functions_of(schema, role) $$, 'clients call none'
);

-- TEST: admin
select set_eq($$ select pg_temp.functions_of('admin', null) $$, array[
  'erase_user', 'find_user', 'grant_credits', 'pause', 'record_action', 'refund_generation',
  'requeue_generation', 'resume'
]);
select is_empty($$ select pg_temp.functions_of('admin', 'service_role') $$, 'the operator''s are nobody else''s');

select * from finish();
rollback;
