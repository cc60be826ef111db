-- select admin.erase_user(telegram_id => 42, note => 'asked by mail');
create function admin.erase_user(telegram_id bigint, note text) returns integer
language plpgsql
security invoker
set search_path = ''
as $$
declare
  account public.users := admin.find_user(erase_user.telegram_id);
  generation public.generations;
  erased integer;
begin
  if exists (
    select 1 from public.generations as g where g.user_id = account.id and g.status = 'PROCESSING'
  ) then
    raise exception using
      errcode = 'PX003',
      message = format('User %s has a generation in PROCESSING: erase again once it has ended', erase_user.telegram_id);
  end if;
  perform admin.record_action('erase_user', pg_catalog.jsonb_build_object('user_id', account.id), erase_user.note);

  for generation in
    select g.* from public.generations as g where g.user_id = account.id and g.status = 'PENDING' order by g.id
  loop
    perform private.finish_without_picture(
      private.lock_generation(generation.id), 'CANCELLED', null, 'the user was erased');
  end loop;

  insert into private.object_deletions (object_key)
  select private.object_key(g) from public.generations as g
  where g.user_id = account.id and g.attempt > 0
  on conflict (object_key) do nothing;
  -- What the provider said may quote the prompt.
  update private.generation_attempts as a set error_message = null
  where a.error_message is not null
    and a.generation_id in (select g.id from public.generations as g where g.user_id = account.id);
  update pgmq.a_generations as q set message = q.message - 'reason'
  where q.message ->> 'generation_id' in (
    select g.id::text from public.generations as g where g.user_id = account.id);
  delete from private.idempotency_keys as k where k.user_id = account.id;
  delete from private.sessions as s where s.user_id = account.id;
  update public.generations as g
  set prompt = '[erased]', deleted_at = coalesce(g.deleted_at, pg_catalog.clock_timestamp())
  where g.user_id = account.id;
  get diagnostics erased = row_count;
  update public.users as u
  set
    telegram_id = null, first_name = '[erased]', last_name = null, username = null, language_code = null,
    photo_url = null, allows_write_to_pm = false, erased_at = pg_catalog.clock_timestamp()
  where u.id = account.id;
  return erased;
end;
$$;

comment on function admin.erase_user(bigint, text) is
  'Removes a user''s personal data, prompts, sessions and (by the worker) pictures; ids and the ledger stay for the accounts. Gives the number of generations erased. Audited, without the Telegram id.';

revoke all on function admin.erase_user(bigint, text) from public, anon, authenticated, service_role;
