-- Hands out messages to send. Each is marked as sent before it is: a crash loses one, and doubles none.
create function public.claim_bot_messages(quantity integer) returns jsonb
language plpgsql
security invoker
set search_path = ''
as $$
declare
  message record;
  due jsonb;
  messages jsonb := '[]';
begin
  for message in
    select
      m.msg_id,
      case
        when m.message ->> 'generation_id' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
          then (m.message ->> 'generation_id')::uuid
      end as generation_id
    from pgmq.read('bot_messages', 60, quantity) as m
  loop
    perform pgmq.delete('bot_messages', message.msg_id);
    update private.bot_messages as b
    set sent_at = pg_catalog.clock_timestamp()
    from public.generations as g
    join public.users as u on u.id = g.user_id
    where b.generation_id = message.generation_id
      and b.seen_at is null
      and b.sent_at is null
      and g.id = b.generation_id
      and g.deleted_at is null
      and u.allows_write_to_pm
      and u.telegram_id is not null
    returning pg_catalog.jsonb_build_object(
      'generation_id', g.id, 'chat_id', u.telegram_id, 'photo', g.public_url, 'language_code', u.language_code,
      'tries', b.tries)
    into due;
    if found then
      messages := messages || due;
    end if;
  end loop;
  return messages;
end;
$$;

comment on function public.claim_bot_messages(integer) is
  'Up to quantity messages that are due: [{"generation_id", "chat_id", "photo", "language_code", "tries"}], each given once. Functions only.';

revoke all on function public.claim_bot_messages(integer) from public, anon, authenticated, service_role;
grant execute on function public.claim_bot_messages(integer) to service_role;
