-- A refund an operator entered by hand is not paid twice, and keeps the sweep from nobody else's job.
begin;
select plan(5);

-- SETUP
select tests.create_user(1);
select tests.create_user(2);
update private.settings set max_attempts = 1;
select tests.start(tests.user_id(1), 'refunded by hand');
select tests.start(tests.user_id(2), 'lost');
select tests.end_lease(tests.generation('refunded by hand'));
select tests.end_lease(tests.generation('lost'));
insert into public.credit_ledger (user_id, delta, kind, generation_id, note)
select tests.user_id(1), 4, 'refund', (tests.generation('refunded by hand')).id, 'by hand';

-- TEST: the sweep
select is((private.sweep() ->> 'lost')::integer, 2, 'it ends both');
select is((tests.generation('refunded by hand')).status, 'FAILED', 'the one that was refunded');
select is((tests.generation('lost')).status, 'FAILED', 'and the other');
select is(array[tests.credits(1), tests.credits(2)], array[20, 20], 'each has the credits back once');
select is_empty('select * from admin.ledger_violations', 'the ledger agrees');

select * from finish();
rollback;
