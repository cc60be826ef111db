-- Pictures to remove stay listed until a worker says they are gone.
begin;
select plan(6);

-- SETUP
select tests.as_service();
insert into private.object_deletions (object_key, requested_at)
values ('b', now() - interval '1 hour'), ('a', now() - interval '2 hours'), ('c', now());

-- TEST: the list
select is(public.settle_object_deletions(), '["a", "b", "c"]'::jsonb, 'oldest first');
select is(public.settle_object_deletions(page_size => 2), '["a", "b"]'::jsonb, 'a page');
select is(public.settle_object_deletions('{a,c}'), '["b"]'::jsonb, 'what is gone is forgotten');
select is(public.settle_object_deletions('{a,unknown}'), '["b"]'::jsonb, 'again, or never heard of: no error');
select is(public.settle_object_deletions('{b}'), '[]'::jsonb, 'none is left');
select is_empty('select from private.object_deletions', 'in the table neither');

select * from finish();
rollback;
