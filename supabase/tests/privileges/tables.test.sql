-- Every table and view of ours, and who has which privilege on the whole of it.
begin;
select plan(4);

-- SETUP
create function pg_temp.granted(kinds "char"[]) returns setof text language sql as $$
  select format('%s %s.%s: %s', r.rolname, c.relnamespace::regnamespace, c.relname, string_agg(lower(a.privilege_type), ', ' order by a.privilege_type))
  from pg_class as c
  cross join lateral aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) as a
  left join pg_roles as r on r.oid = a.grantee
  where c.relnamespace in ('public'::regnamespace, 'private'::regnamespace, 'admin'::regnamespace)
    and c.relkind = any (kinds) and a.grantee <> c.relowner
  group by r.rolname, c.relnamespace, c.relname
$$;

-- TEST: tables and views
select set_eq($$ select pg_temp.granted('{r,p,v,m,f}') $$, array[
  'service_role public.users: select',
  'service_role public.generations: insert, select',
  'service_role public.credit_ledger: insert, select',
  'service_role private.settings: select',
  'service_role public.prices: select',
  'service_role private.sessions: delete, insert, select, update',
  'service_role private.signup_grants: insert, select',
  'service_role private.refresh_tokens: delete, insert, select, update',
  'service_role private.generation_attempts: insert, select, update',
  'service_role private.provider_state: select, update',
  'service_role private.queue_state: select, update',
  'service_role private.provider_models: insert, select, update',
  'service_role private.doorbell: select, update',
  'service_role private.metric_totals: insert, select, update',
  'service_role private.metrics_state: select',
  'service_role private.idempotency_keys: delete, insert, select',
  'service_role private.rate_limits: delete, insert, select, update',
  'service_role private.object_deletions: delete, insert, select',
  'service_role private.generation_previews: delete, insert, select',
  'service_role private.bot_messages: insert, select, update'
]);
select is_empty($$ select pg_temp.granted('{S}') $$, 'sequences are nobody''s');

-- TEST: the queues
select set_eq(
  $$ select format('%s: %s', c.relname, string_agg(p, ', ' order by p)) from pg_class as c,
      unnest(array['select', 'insert', 'update', 'delete', 'truncate']) as p
    where c.relnamespace = 'pgmq'::regnamespace and c.relkind in ('r', 'p') and has_table_privilege('service_role', c.oid, p)
    group by c.relname $$,
  array['meta: select', 'a_bot_messages: insert, select', 'a_generations: insert, select',
    'q_bot_messages: delete, insert, select, update', 'q_generations: delete, insert, select, update'],
  'the functions may use them, not empty them'
);
select is_empty(
  $$ select from unnest(array['anon', 'authenticated']) as r, pg_class as c
    where c.relnamespace = 'pgmq'::regnamespace and c.relkind in ('r', 'p')
      and has_table_privilege(r, c.oid, 'select, insert, update, delete') $$, 'clients may not'
);

select * from finish();
rollback;
