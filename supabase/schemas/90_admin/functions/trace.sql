-- select * from admin.trace(generation_id => '...');
create function admin.trace(generation_id uuid) returns table (at timestamptz, elapsed interval, event text, detail jsonb)
language plpgsql
security invoker
set search_path = ''
as $$
#variable_conflict use_column
declare
  generation public.generations;
begin
  select g.* into generation from public.generations as g where g.id = trace.generation_id;
  if not found then
    raise exception using
      errcode = 'PX004', message = format('No generation has the id %s', trace.generation_id);
  end if;
  return query
  select e.at, e.at - generation.created_at, e.event, jsonb_strip_nulls(e.detail)
  from (
    select * from admin.trace_request(generation)
    union all select * from admin.trace_attempts(generation)
    union all select * from admin.trace_delivery(generation)
    union all select * from admin.trace_end(generation)
  ) as e
  order by e.at, e.place;
end;
$$;

comment on function admin.trace(uuid) is
  'One generation''s story in order: submission, queue, answers to rings (an hour), claims, provider calls, storage, broadcasts (as long as Realtime keeps them), bot message, credits, acts of operators, end; while it is unfinished, last, how it stands now. Raises PX004 for an unknown id.';

revoke all on function admin.trace(uuid) from public, anon, authenticated, service_role;
