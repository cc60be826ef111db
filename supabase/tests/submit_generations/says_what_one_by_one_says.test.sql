-- The answers of a batch are those the same submissions get one after another: place, wait, next poll, balance.
begin;
select plan(4);

-- SETUP
select tests.create_user(n, credits => 20) from generate_series(1, 12) as n;
update private.settings set max_concurrent = 3, per_user_concurrency = 2, images_per_minute = 3;
update private.queue_state set service_ms = 7300, arrivals_per_second = 0.3, refreshed_at = clock_timestamp() + interval '1 hour';
select tests.as_service();
create function pg_temp.told(answer jsonb) returns jsonb language sql as $$
  select (answer -> 'answer') - '{id,created_at}'::text[] || jsonb_build_object('replayed', answer -> 'replayed')
$$;
-- Rolls its own submissions back, so that those of the batch meet the same queue.
create function pg_temp.one_by_one(telegram_ids bigint[]) returns jsonb language plpgsql as $$
declare
  answers jsonb := '[]';
  telegram_id bigint;
begin
  begin
    foreach telegram_id in array telegram_ids loop
      answers := answers || pg_temp.told(public.submit_generation(
        tests.user_id(telegram_id), null, 'a cat', '1024x1024', 'low', 'png'));
    end loop;
    raise exception using errcode = 'PX999';
  exception when sqlstate 'PX999' then
    return answers;
  end;
end;
$$;
create function pg_temp.together(telegram_ids bigint[]) returns jsonb language sql as $$
  select jsonb_agg(pg_temp.told(a.value) order by a.place)
  from jsonb_array_elements(public.submit_generations((
    select jsonb_agg(tests.submission(tests.user_id(u.id), 'a cat') order by u.place)
    from unnest(telegram_ids) with ordinality as u (id, place)
  ))) with ordinality as a (value, place)
$$;

-- TEST: each state of the queue
create temp table expected on commit drop as select pg_temp.one_by_one(array[1, 2, 3, 4]) as answers;
select is(pg_temp.together(array[1, 2, 3, 4]), (select answers from expected), 'an empty queue');

select tests.submit(tests.user_id(u), 'more', 'low') from unnest(array[1, 2, 5, 5, 5, 6]) as u;
truncate expected;
insert into expected select pg_temp.one_by_one(array[1, 7, 5, 8, 6]);
select is(pg_temp.together(array[1, 7, 5, 8, 6]), (select answers from expected), 'full lanes and free ones');

select tests.claim(3);
truncate expected;
insert into expected select pg_temp.one_by_one(array[9, 5, 10, 11]);
select is(pg_temp.together(array[9, 5, 10, 11]), (select answers from expected), 'while some are being painted');

select tests.as_owner();
update private.settings set max_concurrent = 0, max_queue_seconds = 1000000;
select tests.as_service();
truncate expected;
insert into expected select pg_temp.one_by_one(array[12, 6]);
select is(pg_temp.together(array[12, 6]), (select answers from expected), 'while nothing may start');

select * from finish();
rollback;
