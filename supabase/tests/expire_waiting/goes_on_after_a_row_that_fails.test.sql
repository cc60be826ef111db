-- A row that cannot be refunded keeps nobody else from the end of the wait.
begin;
select plan(4);

-- SETUP
select tests.create_user(1);
select tests.create_user(2);
update private.settings set max_queue_seconds = 60, per_user_concurrency = 1;
select tests.submit(tests.user_id(1), 'stuck', 'low');
select tests.submit(tests.user_id(2), 'other', 'low');
-- The largest balance there is: a refund would pass it.
insert into public.credit_ledger (user_id, delta, kind, note)
select tests.user_id(1), 2147483647 - tests.credits(1), 'grant', 'by hand';
update public.generations as g
set created_at = g.created_at - late.by, queued_at = g.queued_at - late.by
from (values ('stuck', interval '70 seconds'), ('other', interval '61 seconds')) as late (prompt, by)
where (late.prompt = 'stuck') = (g.prompt = 'stuck');

-- TEST: the sweep's step
set local client_min_messages to error; -- the warning is meant
select is(private.expire_waiting(10), 1, 'one of the two ends');
select is((tests.generation('other')).status, 'FAILED', 'the one behind the row that fails');
select is(tests.credits(2), 20, 'refunded');
select is((tests.generation('stuck')).status, 'PENDING', 'the other is left to the next sweep');

select * from finish();
rollback;
