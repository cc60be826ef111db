-- The state machine: every transition that is not in it is refused, whoever tries.
begin;
select plan(6);

-- SETUP
select tests.create_user(1);
create function pg_temp.made(status text) returns uuid language sql as $$
  insert into public.generations (
    user_id, prompt, size, quality, output_format, cost, status, attempt, started_at, finished_at, public_url,
    error_code, message_id, queued_at)
  select tests.user_id(1), 'made', '1024x1024', 'low', 'png', 1, made.status,
    case when made.status in ('PENDING', 'CANCELLED') then 0 else 1 end,
    case when made.status in ('PENDING', 'CANCELLED') then null else now() end,
    case when made.status in ('PENDING', 'PROCESSING') then null else now() end,
    case made.status when 'COMPLETED' then 'https://bucket.test/x.png' end,
    case made.status when 'FAILED' then 'internal' end,
    case made.status when 'PROCESSING' then (random() * 1e9)::bigint end, now()
  returning id
$$;
-- What the guard says to each move; the shape of the row is made to fit, so that only the guard refuses.
create function pg_temp.moves() returns table (old text, new text, verdict text) language plpgsql as $$
declare
  statuses constant text[] := array['PENDING', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED'];
  made uuid;
begin
  for old, new in select a, b from unnest(statuses) as a, unnest(statuses) as b where a <> b loop
    made := pg_temp.made(moves.old);
    begin
      update public.generations as g
      set status = moves.new, attempt = greatest(g.attempt, 1), started_at = coalesce(g.started_at, now()),
        message_id = case moves.new when 'PROCESSING' then (random() * 1e9)::bigint end,
        finished_at = case when moves.new in ('COMPLETED', 'FAILED', 'CANCELLED') then now() end,
        public_url = case moves.new when 'COMPLETED' then 'https://bucket.test/x.png' end,
        error_code = case moves.new when 'FAILED' then 'internal' end
      where g.id = made;
      verdict := 'moved';
    exception when others then
      verdict := sqlstate;
    end;
    return next;
  end loop;
end;
$$;

-- TEST: all twenty
select set_eq(
  $$ select m.old || ' -> ' || m.new from pg_temp.moves() as m where m.verdict = 'moved' $$,
  array['PENDING -> PROCESSING', 'PENDING -> CANCELLED', 'PENDING -> FAILED', 'PROCESSING -> COMPLETED',
    'PROCESSING -> FAILED'], 'five are in the state machine'
);
select is((select count(*) from pg_temp.moves() as m where m.verdict = 'PX002')::integer, 15, 'the guard refuses all others');

-- TEST: the fence and the version
create temp table made on commit drop as select pg_temp.made('PROCESSING') as id;
select throws_ok('update public.generations set attempt = 0 where id = (select id from made)', 'PX002');
select lives_ok('update public.generations set attempt = 7 where id = (select id from made)');
update public.generations set version = 99 where id = (select id from made);
select is((select g.version from public.generations as g, made where g.id = made.id), 3, 'the version counts changes, by itself');
select is((select g.status from public.generations as g, made where g.id = made.id), 'PROCESSING', 'a status may stay');

select * from finish();
rollback;
