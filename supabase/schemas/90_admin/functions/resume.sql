-- select admin.resume(note => 'funds are back');
create function admin.resume(note text default 'resumed') returns void
language plpgsql
security invoker
set search_path = ''
as $$
begin
  perform admin.record_action('resume', '{}', resume.note);
  update private.provider_state as p
  set
    paused_until = null, pause_kind = null, pause_note = null, pause_count = 0,
    rate_paused_until = null, concurrency_limit = null, streak_signature = null, streak_user_ids = '{}'
  where p.singleton;
  update private.provider_models as m set retired_at = null where m.retired_at is not null;
  -- Nothing waits for a pause that is over.
  perform pgmq.set_vt('generations', g.message_id, 0)
  from public.generations as g
  where g.status = 'PROCESSING'
    and g.message_id is not null
    and not exists (
      select 1 from private.generation_attempts as a
      where a.generation_id = g.id and a.finished_at is null);
  perform private.wake_workers('sweep');
end;
$$;

comment on function admin.resume(text) is
  'Ends every pause, the lowered pace and the memory of retired models, and rings the worker. Audited.';

revoke all on function admin.resume(text) from public, anon, authenticated, service_role;
