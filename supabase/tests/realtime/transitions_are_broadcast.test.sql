-- The owner hears of every change of status or attempt, and of nothing else.
begin;
select plan(10);

-- SETUP
select tests.create_user(1);
create function pg_temp.heard() returns setof jsonb language plpgsql as $$
begin
  return query select m.payload - 'id' from realtime.messages as m order by m.inserted_at, (m.payload ->> 'version')::integer;
  delete from realtime.messages where true;
end;
$$;

-- TEST: from submission to picture
select tests.submit(tests.user_id(1), 'a');
select is_empty('select pg_temp.heard()', 'the submitter has the answer: nothing is sent');
select tests.claim();
select results_eq(
  'select m.topic, m.event, m.private, m.extension from realtime.messages as m',
  $$ select 'user:' || tests.user_id(1), 'generation', true, 'broadcast' $$, 'a claim goes to the private topic'
);
select is(
  (select m.payload from realtime.messages as m),
  jsonb_build_object('id', (tests.generation('a')).id, 'status', 'PROCESSING', 'version', 2, 'public_url', null, 'error_code', null),
  'with what the contract promises'
);
select pg_temp.heard();
select tests.fail(tests.generation('a'), 'transient');
select is_empty('select pg_temp.heard()', 'a failure that is retried is not told');
select pgmq.set_vt('generations', (tests.generation('a')).message_id, 0);
select tests.claim();
select is((select h ->> 'status' from pg_temp.heard() as h), 'PROCESSING', 'the next attempt is');
select tests.complete(tests.generation('a'));
select is(
  (select h from pg_temp.heard() as h),
  jsonb_build_object('status', 'COMPLETED', 'version', 4, 'public_url', 'https://bucket.test/' || (tests.generation('a')).id, 'error_code', null),
  'the picture is'
);
update public.generations set deleted_at = now() where prompt = 'a';
select is_empty('select pg_temp.heard()', 'that it was removed is not');

-- TEST: other ends
select tests.start(tests.user_id(1), 'b');
select tests.fail(tests.generation('b'), 'permanent', 'moderation_blocked');
select results_eq(
  $$ select h ->> 'status', h ->> 'error_code' from pg_temp.heard() as h $$,
  $$ values ('PROCESSING', null), ('FAILED', 'moderation_blocked') $$, 'a failure with its reason'
);
select tests.submit(tests.user_id(1), 'c');
select public.delete_generation(tests.user_id(1), null, (tests.generation('c')).id);
select is((select h ->> 'status' from pg_temp.heard() as h), 'CANCELLED', 'a cancellation');

-- TEST: versions
select is((tests.generation('c')).version, 2, 'a version is never sent twice');

select * from finish();
rollback;
