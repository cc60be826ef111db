-- The hosted Data API refuses an update or delete without a where clause (safeupdate, 21000), in functions too,
-- security definer or not. The embedded Postgres has no such library, so the text is looked at.
begin;
select plan(6);

-- SETUP
create function pg_temp.without_where(source text) returns setof text language plpgsql as $$
declare
  body text := regexp_replace(regexp_replace(source, '--[^\n]*', '', 'g'), '''[^'']*''', '', 'g');
  part text;
begin
  -- From the innermost parentheses outwards, so that no inner where is taken for the outer one's.
  loop
    for part in
      select s[1]
      from (
        select m[1] as text from regexp_matches(body, '\(([^()]*)\)', 'g') as m
        union all
        select body where body !~ '\([^()]*\)'
      ) as piece
      cross join regexp_split_to_table(piece.text, ';') as statement
      cross join regexp_matches(
        statement, '\m(update\s+[\w.]+(?:\s+(?:as\s+)?\w+)?\s+set\M.*|delete\s+from\M.*)', 'gi') as s
    loop
      if part !~* '\mwhere\M' then
        return next regexp_replace(part, '\s+', ' ', 'g');
      end if;
    end loop;
    exit when body !~ '\([^()]*\)';
    body := regexp_replace(body, '\([^()]*\)', ' ', 'g');
  end loop;
end;
$$;

-- TEST: the eye sees
select is((select count(*) from pg_temp.without_where('update a.b set c = (select d from e where f)'))::integer, 1);
select is((select count(*) from pg_temp.without_where('with x as (delete from a.b returning *) select 1 where true'))::integer, 1);
select is((select count(*) from pg_temp.without_where('for x in select 1 where true loop update a as b set c = 1; end loop'))::integer, 1);
select is_empty($$ select pg_temp.without_where('update a.b as c set d = 1 where e; delete from f where g') $$);
select is_empty($$ select pg_temp.without_where('insert into a values (1) on conflict (b) do update set c = 1') $$);

-- TEST: our functions
select is_empty(
  $$ select p.pronamespace::regnamespace, p.proname, w
    from pg_proc as p cross join pg_temp.without_where(p.prosrc) as w
    where p.pronamespace in ('public'::regnamespace, 'private'::regnamespace, 'admin'::regnamespace) $$,
  'none would be refused'
);

select * from finish();
rollback;
