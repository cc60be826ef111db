-- Whether one job fails or every job would: counts users whose jobs failed alike, one after another.
create function private.count_failure_streak(user_id uuid, signature text) returns integer
language plpgsql
security invoker
set search_path = ''
as $$
declare
  users uuid[];
begin
  update private.provider_state as p
  set
    streak_signature = count_failure_streak.signature,
    streak_user_ids = case
      when p.streak_signature is distinct from count_failure_streak.signature
        then array[count_failure_streak.user_id]
      when count_failure_streak.user_id = any (p.streak_user_ids) or cardinality(p.streak_user_ids) >= 3
        then p.streak_user_ids
      else p.streak_user_ids || count_failure_streak.user_id
    end
  where p.singleton
  returning p.streak_user_ids into users;
  return cardinality(users);
end;
$$;

comment on function private.count_failure_streak(uuid, text) is
  'Different users, this one included and three at most, whose jobs failed with this signature since the last picture or another signature.';

revoke all on function private.count_failure_streak(uuid, text) from public, anon, authenticated, service_role;
grant execute on function private.count_failure_streak(uuid, text) to service_role;
