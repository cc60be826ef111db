-- Admission for a batch, whose refusal is a value.
create function private.admit_batch(
  submissions jsonb,
  out room integer,
  out refusals jsonb
)
language plpgsql
security invoker
set search_path = ''
as $$
declare
  refused_message text;
  refused_details text;
begin
  -- Outside of what a refusal rolls back: while everybody is refused the count has to follow the queue all the same.
  perform private.refresh_queue_state();
  begin
    room := private.admit(pg_catalog.jsonb_array_length(submissions));
  exception when sqlstate 'PX503' then
    get stacked diagnostics refused_message = message_text, refused_details = pg_exception_detail;
    refusals := private.refuse_submissions(submissions, pg_catalog.jsonb_build_object(
      'code', 'PX503', 'message', refused_message, 'details', refused_details));
  end;
end;
$$;

comment on function private.admit_batch(jsonb) is
  'How many of an array of submissions the queue has room for; or, when it has none, the answers of refuse_submissions.';
revoke all on function private.admit_batch(jsonb) from public, anon, authenticated, service_role;
grant execute on function private.admit_batch(jsonb) to service_role;
