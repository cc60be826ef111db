-- Rings for slots that a worker leaves free: at once when it has just come and takes many, then ever more seldom while nobody else
-- comes, as where one full instance is all there is.
alter table private.doorbell
  add column fruitless integer not null default 0;
comment on column private.doorbell.fruitless is 'Of rung: rings for others in a row after which no other worker claimed.';

create function private.ring_for_others(
  worker_id uuid,
  claim_began timestamptz,
  quantity integer,
  free integer
) returns void
language plpgsql
security invoker
set search_path = ''
as $$
declare
  rung private.doorbell;
  has_just_come boolean;
begin
  select d.* into rung from private.doorbell as d where d.event = 'rung';
  has_just_come := not exists (
    select 1 from private.generation_attempts as a
    where a.finished_at is null and a.worker_id = ring_for_others.worker_id and a.claimed_at < claim_began);
  if has_just_come or exists (
    select 1 from private.generation_attempts as a
    where a.claimed_at > rung.at and a.worker_id <> ring_for_others.worker_id)
  then
    rung.fruitless := 0;
  end if;
  if not (has_just_come and quantity >= 8)
    and rung.at > pg_catalog.clock_timestamp() - make_interval(secs => least(10, power(2, greatest(0, rung.fruitless - 2))))
  then
    return;
  end if;

  -- One that takes nothing is full itself: other rings may meet the same, so there are more after each that did.
  if private.ring_worker('worker', (
    select least(10, case when quantity > 0 then 1 else least(4, greatest(2, 1 + rung.fruitless)) end *
      greatest(1, ceil(count(*)::numeric / greatest(quantity, 16))))::integer
    from (
      select 1 from pgmq.q_generations as q where q.vt <= pg_catalog.clock_timestamp() limit free
    ) as claimable
  )) then
    update private.doorbell as d set fruitless = least(rung.fruitless + 1, 6) where d.event = 'rung';
  end if;
end;
$$;

comment on function private.ring_for_others(uuid, timestamptz, integer, integer) is
  'Rings for the free slots that worker_id, whose claim of so many began at claim_began, leaves to others: at once when it takes many and had nothing in hand before, else after 1, 1, 2, 4, 8 and then each 10 seconds, from the start once another worker has come.';
revoke all on function private.ring_for_others(uuid, timestamptz, integer, integer) from public, anon, authenticated, service_role;
grant execute on function private.ring_for_others(uuid, timestamptz, integer, integer) to service_role;
