-- What became of a message. A user who blocked the bot gets no more until the next login allows it again.
create function public.settle_bot_message(generation_id uuid, outcome text, retry_after_seconds integer default null)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
begin
  if retry_after_seconds is not null then
    -- Not sent: refused for its rate, or (a try of five) not answered.
    update private.bot_messages as b
    set sent_at = null, tries = b.tries + case when settle_bot_message.outcome = 'failed' then 1 else 0 end
    where b.generation_id = settle_bot_message.generation_id;
    perform pgmq.send(
      'bot_messages', pg_catalog.jsonb_build_object('generation_id', settle_bot_message.generation_id),
      settle_bot_message.retry_after_seconds);
    return;
  end if;
  update private.bot_messages as b
  set outcome = settle_bot_message.outcome
  where b.generation_id = settle_bot_message.generation_id;
  if settle_bot_message.outcome = 'blocked' then
    update public.users as u set allows_write_to_pm = false
    where u.id = (select g.user_id from public.generations as g where g.id = settle_bot_message.generation_id);
  end if;
end;
$$;

comment on function public.settle_bot_message(uuid, text, integer) is
  'Notes sent, blocked (turns messages off for the user) or failed; with retry_after_seconds it is queued again instead, failed counting as a try. Functions only.';

revoke all on function public.settle_bot_message(uuid, text, integer) from public, anon, authenticated, service_role;
grant execute on function public.settle_bot_message(uuid, text, integer) to service_role;
