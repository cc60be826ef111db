-- The caller's own, newest first, a page at a time, each once.
begin;
select plan(9);

-- SETUP
select tests.create_user(1, credits => 100);
select tests.create_user(2);
update private.settings set max_pending_per_user = 100;
select tests.as_service();
select tests.submit(tests.user_id(1), prompt, 'low') from unnest(array['a', 'b', 'c', 'd', 'e']) as prompt;
select tests.submit(tests.user_id(2), 'of another', 'low');
create function pg_temp.list(page_size integer, after text default null) returns text[] language sql as $$
  select coalesce(array_agg(item ->> 'prompt' order by place), '{}')
  from jsonb_array_elements(public.list_generations(
    tests.user_id(1), null, page_size, (tests.generation(after)).created_at, (tests.generation(after)).id
  )) with ordinality as items (item, place)
$$;

-- TEST: pages
select is(pg_temp.list(100), array['e', 'd', 'c', 'b', 'a'], 'all, newest first');
select is(pg_temp.list(2), array['e', 'd'], 'the first page');
select is(pg_temp.list(2, 'd'), array['c', 'b'], 'the next one');
select is(pg_temp.list(2, 'b'), array['a'], 'the last one');
select is(pg_temp.list(2, 'a'), '{}'::text[], 'and no more');

-- TEST: two of one instant
select tests.as_owner();
update public.generations set created_at = '2026-01-01' where prompt in ('b', 'c');
select tests.as_service();
select is(
  pg_temp.list(4) || pg_temp.list(4, (pg_temp.list(4))[4]), pg_temp.list(100), 'none is lost or told twice'
);

-- TEST: what is not shown
select public.delete_generation(tests.user_id(1), null, (tests.generation('e')).id);
select public.delete_generation(tests.user_id(1), null, (tests.generation('e')).id);
select is((pg_temp.list(1))[1], 'd', 'a removed one is not');
select is(
  public.list_generations(tests.user_id(2), null, 10) -> 0,
  public.get_generation(tests.user_id(2), null, (tests.generation('of another')).id), 'items are as GET shows them'
);
select throws_ok('select public.list_generations(gen_random_uuid(), null, 10)', 'PX401');

select * from finish();
rollback;
