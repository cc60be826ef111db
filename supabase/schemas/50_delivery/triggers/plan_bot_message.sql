-- Plans the bot's message when a picture is finished, for users who allow it.
create function private.plan_bot_message() returns trigger
language plpgsql
security invoker
set search_path = ''
as $$
declare
  wait integer := (select s.bot_message_after_seconds from private.settings as s);
begin
  if wait is null or not exists (
    select 1 from public.users as u
    where u.id = new.user_id and u.allows_write_to_pm and u.telegram_id is not null
  ) then
    return null;
  end if;
  insert into private.bot_messages (generation_id) values (new.id);
  perform pgmq.send('bot_messages', pg_catalog.jsonb_build_object('generation_id', new.id), wait);
  return null;
end;
$$;

comment on function private.plan_bot_message() is 'Trigger of generations: queues the bot''s message, due settings.bot_message_after_seconds after COMPLETED.';

revoke all on function private.plan_bot_message() from public, anon, authenticated, service_role;
