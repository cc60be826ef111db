-- The user an operator names by Telegram id, or an error that says where to look.
create function admin.find_user(telegram_id bigint) returns public.users
language plpgsql
security invoker
set search_path = ''
as $$
declare
  account public.users;
begin
  select u.* into account from public.users as u where u.telegram_id = find_user.telegram_id for no key update;
  if not found then
    raise exception using
      errcode = 'PX004',
      message = format('No user has the Telegram id %s', find_user.telegram_id),
      hint = 'select telegram_id, first_name, username from admin.users order by last_login_at desc;';
  end if;
  return account;
end;
$$;

comment on function admin.find_user(bigint) is 'Finds and locks a user by Telegram id; raises PX004 with a query to look.';

revoke all on function admin.find_user(bigint) from public, anon, authenticated, service_role;
