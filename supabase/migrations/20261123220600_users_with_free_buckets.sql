-- Whose rate limit can be judged at once: a bucket that somebody else holds must not keep a whole batch waiting.
create function private.users_with_free_buckets(rule_name text, user_ids uuid[]) returns uuid[]
language plpgsql
security invoker
set search_path = ''
as $$
declare
  identifiers text[] := user_ids::text[];
  existing text[];
  locked text[];
begin
  select array_agg(r.identifier) into existing
  from private.rate_limits as r
  where r.rule = rule_name and r.identifier = any (identifiers);
  if existing is null then
    return user_ids;
  end if;
  select array_agg(held.identifier) into locked
  from (
    select r.identifier from private.rate_limits as r
    where r.rule = rule_name and r.identifier = any (existing)
    for no key update skip locked
  ) as held;
  return array(
    select u.id from unnest(user_ids) as u (id)
    where u.id::text <> all (existing) or u.id::text = any (locked)
  );
end;
$$;

comment on function private.users_with_free_buckets(text, uuid[]) is
  'Of these users those whose bucket under the rule no other transaction holds, and those who have none yet. The buckets stay locked until the transaction ends. Waits for nobody; the caller holds the users'' locks.';
revoke all on function private.users_with_free_buckets(text, uuid[]) from public, anon, authenticated, service_role;
grant execute on function private.users_with_free_buckets(text, uuid[]) to service_role;
