-- Ends a generation without a picture: FAILED or CANCELLED, the credits back, out of the queue, the lane moved on.
create function private.finish_without_picture(generation public.generations, status text, error_code text, reason text)
returns void
language plpgsql
security invoker
set search_path = ''
as $$
begin
  insert into public.credit_ledger (user_id, delta, kind, generation_id, note)
  values ((generation).user_id, (generation).cost, 'refund', (generation).id,
    -- The user reads the note: the reason may quote the provider, and is for operators.
    coalesce(finish_without_picture.error_code, 'cancelled'))
  -- Entered by hand already: not paid twice, and no error that would stop the sweep for everybody.
  on conflict on constraint credit_ledger_once_a_generation do nothing;

  if (generation).message_id is not null then
    if finish_without_picture.error_code = 'moderation_blocked' or finish_without_picture.status = 'CANCELLED' then
      perform pgmq.delete('generations', (generation).message_id);
    else
      -- A dead letter: kept in the archive with the reason, for the operator.
      update pgmq.q_generations as q
      set message = q.message || pg_catalog.jsonb_build_object(
        'error_code', finish_without_picture.error_code, 'reason', finish_without_picture.reason)
      where q.msg_id = (generation).message_id;
      perform pgmq.archive('generations', (generation).message_id);
    end if;
  end if;

  -- An attempt may have stored the picture and died, or be storing it now: nobody paid for it.
  if (generation).attempt > 0 and finish_without_picture.error_code not in ('moderation_blocked', 'invalid_prompt') then
    insert into private.object_deletions (object_key)
    values (private.object_key(generation))
    on conflict on constraint object_deletions_pkey do nothing;
  end if;

  update public.generations as g
  set
    status = finish_without_picture.status,
    error_code = finish_without_picture.error_code,
    finished_at = pg_catalog.clock_timestamp(),
    message_id = null
  where g.id = (generation).id;
  perform private.enqueue_next((generation).user_id);
end;
$$;

comment on function private.finish_without_picture(public.generations, text, text, text) is
  'Moves a locked, unfinished generation to FAILED (with error_code) or CANCELLED and refunds it in the same transaction.';

revoke all on function private.finish_without_picture(public.generations, text, text, text)
  from public, anon, authenticated, service_role;
grant execute on function private.finish_without_picture(public.generations, text, text, text) to service_role;
