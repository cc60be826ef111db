-- Fair lanes: at most per_user_concurrency messages of one user are in the queue; the next row of the
-- user goes to its tail when one ends. FIFO then serves the users in turn.
create function private.enqueue_next(user_id uuid) returns integer
language plpgsql
security invoker
set search_path = ''
as $$
declare
  lane integer := (select s.per_user_concurrency from private.settings as s);
  taken integer;
  next_id uuid;
  sent integer := 0;
begin
  -- The caller holds the user's row lock, so the count cannot change under it.
  select count(*) into taken
  from public.generations as g
  where g.user_id = enqueue_next.user_id and g.status in ('PENDING', 'PROCESSING') and g.message_id is not null;

  while taken + sent < lane loop
    select g.id into next_id
    from public.generations as g
    where g.user_id = enqueue_next.user_id and g.status = 'PENDING' and g.message_id is null
    order by g.created_at, g.id
    limit 1;
    exit when not found;
    perform private.enqueue_generation(next_id);
    sent := sent + 1;
  end loop;
  return sent;
end;
$$;

comment on function private.enqueue_next(uuid) is
  'Sends a user''s oldest waiting rows to the queue while the lane has room; the number sent. The caller holds the user''s row lock.';

revoke all on function private.enqueue_next(uuid) from public, anon, authenticated, service_role;
grant execute on function private.enqueue_next(uuid) to service_role;
