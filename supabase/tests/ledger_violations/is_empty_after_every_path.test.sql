-- Whatever becomes of a generation, the accounts agree.
begin;
select plan(3);

-- SETUP
select tests.create_user(1, credits => 100);
select tests.start(tests.user_id(1), 'completed');
select tests.complete(tests.generation('completed'));
select tests.start(tests.user_id(1), 'found stored');
select public.complete_generation((tests.generation('found stored')).id, 1, 'https://bucket.test/x.png', true);
select tests.start(tests.user_id(1), 'failed');
select tests.fail(tests.generation('failed'), 'permanent', 'moderation_blocked');
select tests.start(tests.user_id(1), 'expired');
select tests.fail(tests.generation('expired'), 'transient');
update public.generations set started_at = started_at - interval '1 day' where prompt = 'expired';
update private.generation_attempts set finished_at = finished_at - interval '1 day' where outcome = 'transient';
select private.expire_waiting(10);
select tests.start(tests.user_id(1), 'refunded by the operator');
select tests.complete(tests.generation('refunded by the operator'));
select admin.refund_generation((tests.generation('refunded by the operator')).id, 'blank');
select admin.grant_credits(1, 5, 'promo');
select tests.start(tests.user_id(1), 'between attempts');
select tests.fail(tests.generation('between attempts'), 'transient');
select tests.submit(tests.user_id(1), 'cancelled');
select public.delete_generation(tests.user_id(1), null, (tests.generation('cancelled')).id);
select tests.submit(tests.user_id(1), 'pending');

-- TEST: all of them
select is_empty('select * from admin.ledger_violations');
select results_eq(
  'select g.status, count(*) from public.generations as g group by g.status order by g.status',
  $$ values ('CANCELLED', 1::bigint), ('COMPLETED', 3), ('FAILED', 2), ('PENDING', 1), ('PROCESSING', 1) $$,
  'every status is among them'
);
select is(tests.credits(1), 89, '100 + 5 + 4 - 5 x 4');

select * from finish();
rollback;
