-- The one place a balance moves: ledger entries add their deltas to their users, in the entries' transaction.
-- A debit beyond the balance fails users_credits_not_negative and takes the entry with it.
create function private.apply_ledger_entries() returns trigger
language plpgsql
security definer -- service_role may write ledger entries but not balances, so that the two never part
set search_path = ''
as $$
begin
  update public.users as u set credits = u.credits + entries.delta
  from (select a.user_id, sum(a.delta)::integer as delta from added as a group by a.user_id) as entries
  where u.id = entries.user_id;
  return null;
end;
$$;

comment on function private.apply_ledger_entries() is
  'Trigger of credit_ledger: adds the deltas of a statement''s entries to users.credits. A debit beyond the balance fails users_credits_not_negative and takes the statement with it.';

revoke all on function private.apply_ledger_entries() from public, anon, authenticated, service_role;
