-- select admin.refund_generation(generation_id => '...', note => 'picture was blank');
create function admin.refund_generation(generation_id uuid, note text) returns integer
language plpgsql
security invoker
set search_path = ''
as $$
declare
  generation public.generations := private.lock_generation(refund_generation.generation_id);
begin
  if generation.id is null then
    raise exception using
      errcode = 'PX004', message = format('No generation has the id %s', refund_generation.generation_id);
  elsif generation.status in ('FAILED', 'CANCELLED') then
    raise exception using
      errcode = 'PX003',
      message = format('Generation %s is %s: it was refunded when it ended', generation.id, generation.status);
  elsif generation.status <> 'COMPLETED' then
    raise exception using
      errcode = 'PX003',
      message = format('Generation %s is %s: it is refunded by itself if it fails', generation.id, generation.status),
      hint = 'Wait for its end, or select admin.requeue_generation(generation_id => ..., note => ...);';
  elsif exists (
    select 1 from public.credit_ledger as l where l.generation_id = generation.id and l.kind = 'goodwill'
  ) then
    raise exception using
      errcode = 'PX003', message = format('Generation %s was already refunded by an operator', generation.id);
  end if;
  perform admin.record_action(
    'refund_generation', pg_catalog.jsonb_build_object('generation_id', generation.id), refund_generation.note);
  -- Its own kind: a COMPLETED generation with a plain refund would be a violation of the ledger.
  -- Without the note, as admin.grant_credits.
  insert into public.credit_ledger (user_id, delta, kind, generation_id, actor)
  values (generation.user_id, generation.cost, 'goodwill', generation.id, session_user);
  return (select u.credits from public.users as u where u.id = generation.user_id);
end;
$$;

comment on function admin.refund_generation(uuid, text) is
  'Gives the credits of a COMPLETED generation back, once; the user keeps the picture. Gives the new balance. Audited.';

revoke all on function admin.refund_generation(uuid, text) from public, anon, authenticated, service_role;
