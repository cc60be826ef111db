-- An operator lowers max_attempts: what is given back unspent is not failed for it, the next failure is.
begin;
select plan(4);

-- SETUP
select tests.create_user(1);
update private.settings set max_attempts = 3;
select tests.start(tests.user_id(1), 'a');
select tests.fail(tests.generation('a'), 'transient');
update private.settings set max_attempts = 1;
create function pg_temp.claim_and_fail(kind text) returns text language plpgsql as $$
begin
  update private.provider_state set paused_until = null, pause_kind = null where singleton;
  perform pgmq.set_vt('generations', (tests.generation('a')).message_id, 0);
  perform tests.claim();
  return tests.fail(tests.generation('a'), kind);
end;
$$;

-- TEST: what did not fail
select is(pg_temp.claim_and_fail('released'), 'requeued', 'given back before the provider was called');
select is(pg_temp.claim_and_fail('money'), 'requeued', 'refused for want of funds');
select is(pg_temp.claim_and_fail('transient'), 'failed', 'a failure is one too many');
select is(tests.credits(1), 20, 'refunded');

select * from finish();
rollback;
