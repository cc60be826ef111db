-- At most max_attempts may fail; then it is FAILED, refunded, and a dead letter.
begin;
select plan(10);

-- SETUP
select tests.create_user(1);
update private.settings set max_attempts = 3;
select tests.as_service();
select tests.start(tests.user_id(1), 'a');
create function pg_temp.fail_again(kind text) returns text language plpgsql as $$
declare
  outcome text := tests.fail(tests.generation('a'), kind, 'provider_timeout');
begin
  perform pgmq.set_vt('generations', (tests.generation('a')).message_id, 0);
  perform tests.claim();
  return outcome;
end;
$$;

-- TEST: what does not count
select is(pg_temp.fail_again('released'), 'requeued', 'given back unused');

-- TEST: what counts
select is(pg_temp.fail_again('transient'), 'requeued', 'the first failure');
select is(pg_temp.fail_again('interrupted'), 'requeued', 'the second: given back after the provider was called');
select is((tests.generation('a')).attempt, 4, 'four attempts were made');
select is(pg_temp.fail_again('storage'), 'failed', 'the third is the last');
select results_eq(
  $$ select (g).status, (g).error_code from tests.generation('a') as g $$,
  $$ values ('FAILED', 'provider_timeout') $$, 'it is FAILED with the latest reason'
);
select is(tests.credits(1), 20, 'the credits are back');
select is((select count(*) from pgmq.a_generations)::integer, 1, 'the operator finds a dead letter');
select is(
  (select l.note from public.credit_ledger as l where l.kind = 'refund'), 'provider_timeout', 'the user reads the reason''s code'
);
select set_eq(
  'select d.object_key from private.object_deletions as d',
  $$ select private.object_key(tests.generation('a')) $$, 'a picture an attempt may have stored is to be removed'
);

select * from finish();
rollback;
