-- select admin.grant_credits(telegram_id => 42, amount => 50, note => 'promo');
create function admin.grant_credits(telegram_id bigint, amount integer, note text) returns integer
language plpgsql
security invoker
set search_path = ''
as $$
declare
  account public.users := admin.find_user(grant_credits.telegram_id);
begin
  if grant_credits.amount is null or grant_credits.amount = 0 then
    raise exception using
      errcode = 'PX003', message = 'Cannot grant 0 credits: give a positive amount, or a negative one to take back';
  elsif account.credits::bigint + grant_credits.amount < 0 then
    raise exception using
      errcode = 'PX402',
      message = format('Cannot take %s credits: the balance is %s', -grant_credits.amount::bigint, account.credits);
  elsif account.credits::bigint + grant_credits.amount > 1000000000 then
    raise exception using
      errcode = 'PX003',
      message = format(
        'Cannot grant %s credits: the balance is %s, wanted 1000000000 at most after it',
        grant_credits.amount, account.credits);
  end if;
  perform admin.record_action(
    'grant_credits',
    -- Not the Telegram id: the audit outlives an erased user.
    pg_catalog.jsonb_build_object('user_id', account.id, 'amount', grant_credits.amount),
    grant_credits.note);
  -- Without the note, which is the operator's and stays in the audit: the user reads the ledger.
  insert into public.credit_ledger (user_id, delta, kind, actor)
  values (account.id, grant_credits.amount, 'grant', session_user);
  return account.credits + grant_credits.amount;
end;
$$;

comment on function admin.grant_credits(bigint, integer, text) is
  'Adds credits (a negative amount takes them back, not below 0); gives the new balance. Audited.';

revoke all on function admin.grant_credits(bigint, integer, text) from public, anon, authenticated, service_role;
