-- select admin.requeue_generation(generation_id => '...', note => 'provider is back');
create function admin.requeue_generation(generation_id uuid, note text) returns uuid
language plpgsql
security invoker
set search_path = ''
as $$
declare
  generation public.generations := private.lock_generation(requeue_generation.generation_id);
  running integer;
  answer jsonb;
begin
  if generation.id is null then
    raise exception using
      errcode = 'PX004', message = format('No generation has the id %s', requeue_generation.generation_id);
  elsif generation.status = 'COMPLETED' then
    raise exception using
      errcode = 'PX003', message = format('Generation %s is COMPLETED: there is nothing to requeue', generation.id);
  elsif generation.status in ('FAILED', 'CANCELLED') and exists (
    select 1 from public.users as u where u.id = generation.user_id and u.erased_at is not null
  ) then
    raise exception using
      errcode = 'PX003',
      message = format('Generation %s is of an erased user: there is nobody to charge', generation.id);
  end if;
  perform admin.record_action(
    'requeue_generation', pg_catalog.jsonb_build_object('generation_id', generation.id), requeue_generation.note);

  if generation.status in ('FAILED', 'CANCELLED') then
    -- Its end stands, refunded; the same request is submitted anew, at the user's charge.
    answer := public.submit_generations(pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
      'generation_id', gen_random_uuid(), 'user_id', generation.user_id, 'prompt', generation.prompt,
      'size', generation.size, 'quality', generation.quality, 'output_format', generation.output_format,
      'enforce_rate_limit', false))) -> 0;
    if answer ->> 'outcome' <> 'accepted' then
      raise exception using
        errcode = 'PX003',
        message = format('Generation %s cannot be submitted again: %s', generation.id,
          coalesce(answer -> 'refusal' ->> 'message', answer ->> 'outcome'));
    end if;
    return (answer -> 'answer' ->> 'id')::uuid;
  end if;

  select a.attempt into running
  from private.generation_attempts as a
  where a.generation_id = generation.id and a.finished_at is null;
  if running is not null then
    perform private.end_attempt(generation.id, running, 'released', error_message => requeue_generation.note);
  end if;
  if generation.message_id is null then
    perform private.enqueue_next(generation.user_id); -- in its lane; a message more would break the lane's size
  else
    perform pgmq.set_vt('generations', generation.message_id, 0);
  end if;
  perform private.wake_workers('worker');
  return generation.id;
end;
$$;

comment on function admin.requeue_generation(uuid, text) is
  'Unfinished: takes it from its worker and makes it claimable now; one that waits behind earlier ones of its user keeps its place. FAILED or CANCELLED: submits the same request again at the user''s charge. Gives the id of the generation that will run. Audited.';

revoke all on function admin.requeue_generation(uuid, text) from public, anon, authenticated, service_role;
