-- One that would wait in its user's lane is admitted by its own wait, too.
create or replace function private.accept_generation(
  generation_id uuid,
  user_id uuid,
  prompt text,
  size text,
  quality text,
  output_format text,
  balance integer
) returns public.generations
language plpgsql
security invoker
set search_path = ''
as $$
declare
  tuning private.settings;
  price integer;
  unfinished integer;
  in_queue integer;
  instant timestamptz := pg_catalog.clock_timestamp();
  message_id bigint;
  generation public.generations;
begin
  perform private.admit(1);
  select s.* into tuning from private.settings as s;
  select count(*), count(g.message_id) into unfinished, in_queue
  from public.generations as g
  where g.user_id = accept_generation.user_id and g.status in ('PENDING', 'PROCESSING');
  if unfinished >= tuning.max_pending_per_user then
    raise exception using
      errcode = 'PX430',
      message = format('Too many unfinished generations: %s of %s', unfinished, tuning.max_pending_per_user),
      detail = pg_catalog.jsonb_build_object('retry_after_seconds', (
        select greatest(1, ceil(q.service_ms / 1000.0))::integer from private.queue_state as q))::text;
  end if;

  select p.credits into price from private.prices as p where p.quality = accept_generation.quality;
  if balance < price then
    raise exception using
      errcode = 'PX402',
      message = format('Not enough credits: this image costs %s, the balance is %s', price, balance);
  end if;

  if in_queue < tuning.per_user_concurrency then
    message_id := private.send_generation(accept_generation.generation_id);
  else
    perform private.refuse_long_lane(accept_generation.user_id);
  end if;
  insert into public.generations
    (id, user_id, prompt, size, quality, output_format, cost, created_at, message_id, queued_at)
  values (
    accept_generation.generation_id, accept_generation.user_id, accept_generation.prompt, accept_generation.size,
    accept_generation.quality, accept_generation.output_format, price, instant, message_id,
    case when message_id is not null then instant end)
  returning * into generation;
  insert into public.credit_ledger (user_id, delta, kind, generation_id)
  values (generation.user_id, -price, 'generation', generation.id);
  return generation;
end;
$$;
