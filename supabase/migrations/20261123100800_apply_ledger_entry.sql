-- The one place a balance moves: each ledger entry adds its delta to the user, in the entry's transaction.
-- A debit beyond the balance fails users_credits_not_negative and takes the entry with it.
create function private.apply_ledger_entry() returns trigger
language plpgsql
security definer -- service_role may write ledger entries but not balances, so that the two never part
set search_path = ''
as $$
begin
  update public.users as u set credits = u.credits + new.delta where u.id = new.user_id;
  return null;
end;
$$;

comment on function private.apply_ledger_entry() is 'Trigger of credit_ledger: adds delta to users.credits.';
revoke all on function private.apply_ledger_entry() from public, anon, authenticated, service_role;

create trigger credit_ledger_applies_to_balance
  after insert on public.credit_ledger
  for each row execute function private.apply_ledger_entry();
