-- Messages that were read but not claimed: those without an unfinished row are deleted, the others are claimable again soon.
create function private.return_unclaimed_messages(message_ids bigint[], claimed_ids uuid[]) returns void
language plpgsql
security invoker
set search_path = ''
as $$
declare
  unclaimed bigint;
begin
  foreach unclaimed in array coalesce(message_ids, '{}') loop
    if exists (
      select 1 from public.generations as g where g.message_id = unclaimed and g.id = any (claimed_ids)
    ) then
      continue;
    elsif exists (
      select 1
      from pgmq.q_generations as q
      join public.generations as g
        on g.id = case when q.message ->> 'generation_id' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then (q.message ->> 'generation_id')::uuid end
      where q.msg_id = unclaimed and g.message_id = unclaimed
    ) then
      -- Locked at this moment, or an attempt still holds it (its end is the sweep's business).
      perform pgmq.set_vt('generations', unclaimed, 5);
    else
      perform pgmq.delete('generations', unclaimed);
    end if;
  end loop;
end;
$$;

comment on function private.return_unclaimed_messages(bigint[], uuid[]) is
  'For messages read without a claim: deletes those whose row is finished, unknown or has another message; hides the others for five seconds.';

revoke all on function private.return_unclaimed_messages(bigint[], uuid[]) from public, anon, authenticated, service_role;
grant execute on function private.return_unclaimed_messages(bigint[], uuid[]) to service_role;
