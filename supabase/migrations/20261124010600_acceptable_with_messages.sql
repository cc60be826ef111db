-- Tells the messages of a user's earlier ones too: by them the wait in the user's lane is known.
drop function private.acceptable_submissions(jsonb);

create function private.acceptable_submissions(submissions jsonb) returns table (
  place integer,
  generation_id uuid,
  user_id uuid,
  prompt text,
  size text,
  quality text,
  output_format text,
  idempotency_key text,
  request_hash text,
  enforce_rate_limit boolean,
  price integer,
  balance integer,
  unfinished integer,
  in_queue integer,
  first_message_id bigint,
  last_message_id bigint
)
language plpgsql
security invoker
set search_path = ''
as $$
#variable_conflict use_column
declare
  most_unfinished integer := (select s.max_pending_per_user from private.settings as s);
  user_ids uuid[];
begin
  -- skip locked: one user whom another transaction holds delays no other, and two batches cannot wait for
  -- one another.
  select array_agg(u.id) into user_ids
  from (
    select f.id from public.users as f
    where f.erased_at is null
      and f.id in (select (s.value ->> 'user_id')::uuid from pg_catalog.jsonb_array_elements(submissions) as s)
    for no key update skip locked
  ) as u;
  if exists (
    select 1 from pg_catalog.jsonb_array_elements(submissions) as s where (s.value -> 'enforce_rate_limit')::boolean
  ) then
    user_ids := private.users_with_free_buckets('generation', user_ids);
  end if;

  -- A statement of its own: it sees what was committed before the locks were taken.
  return query
  select a.place::integer, a.generation_id, a.user_id, a.prompt, a.size, a.quality, a.output_format,
    a.idempotency_key, a.request_hash, a.enforce_rate_limit, p.credits, u.credits, own.unfinished, own.in_queue,
    own.first_message_id, own.last_message_id
  from (
    -- Of a user the first alone: the next one's balance and lane depend on it.
    select distinct on (s.user_id) s.*
    from rows from (pg_catalog.jsonb_to_recordset(submissions) as (
      generation_id uuid, user_id uuid, session_id uuid, prompt text, size text, quality text, output_format text,
      idempotency_key text, request_hash text, enforce_rate_limit boolean
    )) with ordinality as s (
      generation_id, user_id, session_id, prompt, size, quality, output_format,
      idempotency_key, request_hash, enforce_rate_limit, place)
    where s.user_id = any (user_ids)
    order by s.user_id, s.place
  ) as a
  join public.users as u on u.id = a.user_id
  join private.prices as p on p.quality = a.quality
  cross join lateral (
    select count(*)::integer as unfinished, count(g.message_id)::integer as in_queue,
      min(g.message_id) as first_message_id, max(g.message_id) as last_message_id
    from public.generations as g
    where g.user_id = a.user_id and g.status in ('PENDING', 'PROCESSING')
  ) as own
  where u.credits >= p.credits
    and own.unfinished < most_unfinished
    and not exists (select 1 from private.sessions as s where s.id = a.session_id and s.revoked_at is not null)
    and not exists (
      select 1 from private.idempotency_keys as k where k.user_id = a.user_id and k.key = a.idempotency_key)
    and not exists (select 1 from public.generations as g where g.id = a.generation_id);
end;
$$;

comment on function private.acceptable_submissions(jsonb) is
  'Of an array of submit_generation''s arguments those it would accept at once, with their place in the array (from 1), price, balance, unfinished generations and those'' messages. Left out: what it would refuse or replay, a user''s second one, and users whom, or whose bucket (with enforce_rate_limit), another transaction holds. Leaves the rate limit to the caller. Users and buckets stay locked until the transaction ends.';
revoke all on function private.acceptable_submissions(jsonb) from public, anon, authenticated, service_role;
grant execute on function private.acceptable_submissions(jsonb) to service_role;
