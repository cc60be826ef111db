-- Realtime asks this policy whether a user may join: it inserts a probe of the topic, and lets the user read it.
begin;
select plan(9);

-- SETUP
select tests.create_user(1);
select tests.create_user(2);
create function tests.may_join(topic text, extension text default 'broadcast') returns boolean
language plpgsql as $$
declare
  caller constant text := current_user;
  probe uuid := gen_random_uuid();
  seen boolean;
begin
  perform set_config('role', session_user, true);
  insert into realtime.messages (id, topic, extension, event, private)
  values (probe, may_join.topic, may_join.extension, 'probe', true);
  perform set_config('realtime.topic', may_join.topic, true);
  perform set_config('role', caller, true);
  select exists (select from realtime.messages as m where m.id = probe) into seen;
  return seen;
end;
$$;
grant execute on function tests.may_join(text, text) to anon, authenticated;

-- TEST: a user
select tests.authenticate_as(tests.user_id(1));
select ok(tests.may_join('user:' || tests.user_id(1)), 'the own topic is open');
select ok(not tests.may_join('user:' || tests.user_id(2)), 'another user''s is not');
select ok(not tests.may_join('user:'), 'nor is nobody''s');
select ok(not tests.may_join('user:' || tests.user_id(1) || ':x'), 'nor a longer name');
select ok(not tests.may_join('generation:' || gen_random_uuid()), 'nor any other topic');
select ok(not tests.may_join('user:' || tests.user_id(1), 'presence'), 'presence is not offered');

-- TEST: sending
select throws_ok(
  $$ insert into realtime.messages (topic, extension, event, private)
    values ('user:' || auth.uid(), 'broadcast', 'generation', true) $$,
  '42501', null, 'a user sends nothing, not even to the own topic'
);

-- TEST: others
select tests.authenticate_as(null);
select ok(not tests.may_join('user:' || tests.user_id(1)), 'a token without subject opens nothing');
select tests.as_anon();
select ok(not tests.may_join('user:' || tests.user_id(1)), 'no token opens nothing');

select * from finish();
rollback;
