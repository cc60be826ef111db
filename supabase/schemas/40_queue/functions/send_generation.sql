-- The one place a message is made.
create function private.send_generation(generation_id uuid) returns bigint
language plpgsql -- keeps its plan; a function in SQL with a search_path of its own is planned at every call
security invoker
set search_path = ''
as $$
begin
  return (
    select s
    -- All four arguments: the shorter forms are wrappers, planned at every call.
    from pgmq.send(
      'generations', pg_catalog.jsonb_build_object('generation_id', send_generation.generation_id),
      null::jsonb, pg_catalog.clock_timestamp()) as s
  );
end;
$$;

comment on function private.send_generation(uuid) is 'Sends {"generation_id"} to the tail of the queue; the message id.';

revoke all on function private.send_generation(uuid) from public, anon, authenticated, service_role;
grant execute on function private.send_generation(uuid) to service_role;
