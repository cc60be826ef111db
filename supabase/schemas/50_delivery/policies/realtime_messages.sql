-- A user joins the own private topic only. Kept alone and small: policies here lock the realtime tables.
create policy "users receive their own topic" on realtime.messages
  for select to authenticated
  using (
    realtime.messages.extension = 'broadcast'
    and (select realtime.topic()) = 'user:' || (select auth.uid())::text
  );
