-- Columns granted one by one: what clients read, and what the functions may write.
begin;
select plan(8);

-- SETUP
create function pg_temp.columns_of(name text, role text, privilege text) returns setof text language sql as $$
  select a.attname::text from pg_attribute as a
  where a.attrelid = name::regclass and a.attnum > 0 and not a.attisdropped
    and has_column_privilege(role, a.attrelid, a.attnum, privilege)
$$;

-- TEST: what clients read
select set_eq($$ select pg_temp.columns_of('public.users', 'authenticated', 'select') $$, array[
  'id', 'telegram_id', 'first_name', 'last_name', 'username', 'language_code', 'photo_url', 'allows_write_to_pm',
  'credits', 'created_at', 'last_login_at', 'erased_at']);
select set_eq($$ select pg_temp.columns_of('public.generations', 'authenticated', 'select') $$, array[
  'id', 'user_id', 'prompt', 'size', 'quality', 'output_format', 'status', 'attempt', 'cost', 'public_url',
  'width', 'height', 'error_code', 'created_at', 'queued_at', 'started_at', 'finished_at', 'version', 'message_id', 'deleted_at', 'request_id']);
select set_eq($$ select pg_temp.columns_of('public.credit_ledger', 'authenticated', 'select') $$, array[
  'id', 'user_id', 'delta', 'kind', 'generation_id', 'note', 'actor', 'created_at']);
select is_empty(
  $$ select from unnest(array['users', 'generations', 'credit_ledger']) as t,
    unnest(array['anon', 'authenticated']) as r, unnest(array['insert', 'update', 'references']) as p,
    pg_temp.columns_of('public.' || t, r, p) $$, 'clients write no column'
);
select is_empty(
  $$ select from unnest(array['users', 'generations', 'credit_ledger']) as t,
    pg_temp.columns_of('public.' || t, 'anon', 'select') $$, 'without a token none is read'
);

-- TEST: what the functions write
select set_eq($$ select pg_temp.columns_of('public.users', 'service_role', 'insert') $$, array[
  'telegram_id', 'first_name', 'last_name', 'username', 'language_code', 'photo_url', 'allows_write_to_pm'
], 'a new user has no credits but the ledger''s');
select set_eq($$ select pg_temp.columns_of('public.users', 'service_role', 'update') $$, array[
  'first_name', 'last_name', 'username', 'language_code', 'photo_url', 'allows_write_to_pm', 'last_login_at'
], 'nor do they change');
select set_eq($$ select pg_temp.columns_of('public.generations', 'service_role', 'update') $$, array[
  'status', 'attempt', 'public_url', 'width', 'height', 'error_code', 'queued_at', 'started_at', 'finished_at', 'message_id', 'deleted_at'
], 'whose it is, what was asked and what it cost stays');

select * from finish();
rollback;
