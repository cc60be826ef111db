-- Schema public is exposed: each function in it, and who may call it.
begin;
select plan(4);

-- SETUP
create function pg_temp.callers(schema text) returns table (name text, callers text) language sql as $$
  select p.proname::text collate "default", coalesce(string_agg(r.rolname, ', ' order by r.rolname), 'nobody') collate "default"
  from pg_proc as p
  left join pg_roles as r
    on r.rolname in ('anon', 'authenticated', 'authenticator', 'service_role')
    and has_function_privilege(r.oid, p.oid, 'execute')
  where p.pronamespace = schema::regnamespace
  group by p.oid
$$;

-- TEST: the list
select set_eq(
  $$ select * from pg_temp.callers('public') $$,
  $$ values
    ('announce_preview', 'service_role'),
    ('claim_bot_messages', 'service_role'),
    ('claim_generations', 'service_role'),
    ('claim_model_check', 'service_role'),
    ('complete_generation', 'service_role'),
    ('count_events', 'service_role'),
    ('delete_generation', 'service_role'),
    ('extend_leases', 'service_role'),
    ('fail_generation', 'service_role'),
    ('get_generation', 'service_role'),
    ('get_tuning', 'service_role'),
    ('list_generations', 'service_role'),
    ('login_user', 'service_role'),
    ('pause_for_storage', 'service_role'),
    ('read_metrics', 'service_role'),
    ('read_rate_limit', 'service_role'),
    ('record_models', 'service_role'),
    ('refresh_session', 'service_role'),
    ('retire_model', 'service_role'),
    ('revoke_session', 'service_role'),
    ('settle_bot_message', 'service_role'),
    ('settle_object_deletions', 'service_role'),
    ('submit_generations', 'service_role'),
    ('take_rate_limit_token', 'service_role') $$
);
select is_empty(
  $$ select c.name from pg_temp.callers('public') as c group by c.name having count(*) > 1 $$,
  'none is overloaded: PostgREST would have to guess'
);

-- TEST: as a client meets it
select tests.authenticate_as(gen_random_uuid());
select throws_ok(
  $$ select public.submit_generations('[]') $$,
  '42501', 'permission denied for function submit_generations'
);
select tests.as_anon();
select throws_ok('select public.get_tuning()', '42501', 'permission denied for function get_tuning');

select * from finish();
rollback;
