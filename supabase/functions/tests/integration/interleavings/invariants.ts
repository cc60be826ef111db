/** What must hold at every moment, whatever came before: one look, in one snapshot. */
import type postgres from "postgres";

/** One thing that must not be. */
export interface Violation {
  violation: string;
  detail: string;
}

/** The one that a message removed by hand brings about, until the next sweep. */
export const LOST_MESSAGE = "row without its message";

/** Finds what is wrong now. Every transition is one transaction, so this may be asked in the middle of any. */
export async function findViolations(sql: postgres.Sql): Promise<Violation[]> {
  const found = await sql<Violation[]>`
    with tuning as (select * from private.settings),
    active as (select * from private.generation_attempts as a where a.finished_at is null),
    lane as (
      select u.id, count(g.message_id) as sent, count(*) filter (where g.status = 'PENDING' and g.message_id is null) as waiting
      from public.users as u
      join public.generations as g on g.user_id = u.id and g.status in ('PENDING', 'PROCESSING')
      group by u.id
    )
    select 'ledger: ' || v.violation as violation, v.detail from admin.ledger_violations as v
    union all
    select 'more leases in flight than max_concurrent', count(*)::text
    from active as a, tuning as t
    where a.provider_finished_at is null and a.lease_expires_at > clock_timestamp()
    group by t.max_concurrent having count(*) > t.max_concurrent
    union all
    select 'two running attempts of one generation', a.generation_id::text
    from active as a group by a.generation_id having count(*) > 1
    union all
    select 'running attempt that is not the row''s own', a.generation_id::text
    from active as a join public.generations as g on g.id = a.generation_id
    where g.status <> 'PROCESSING' or g.attempt <> a.attempt
    union all
    select 'more messages of a user than per_user_concurrency', l.sent::text
    from lane as l, tuning as t where l.sent > t.per_user_concurrency
    union all
    select 'lane that stands still', format('%s sent, %s waiting', l.sent, l.waiting)
    from lane as l, tuning as t where l.waiting > 0 and l.sent < t.per_user_concurrency
    union all
    select 'message without its row', q.msg_id::text
    from pgmq.q_generations as q
    where not exists (
      select 1 from public.generations as g
      where g.message_id = q.msg_id and g.id = (q.message ->> 'generation_id')::uuid and g.finished_at is null)
    union all
    select ${LOST_MESSAGE}, format('%s %s', g.status, g.id)
    from public.generations as g
    where g.message_id is not null
      and not exists (select 1 from pgmq.q_generations as q where q.msg_id = g.message_id)
    union all
    select 'ended row in the queue', g.id::text
    from public.generations as g
    join pgmq.q_generations as q on (q.message ->> 'generation_id')::uuid = g.id
    where g.finished_at is not null
    union all
    select 'refund without its end, or twice', l.generation_id::text
    from public.credit_ledger as l join public.generations as g on g.id = l.generation_id
    where l.kind = 'refund'
    group by l.generation_id, g.status having count(*) > 1 or g.status not in ('FAILED', 'CANCELLED')
    union all
    select 'transition out of order', format('%s: %s %s -> %s %s', t.id, t.old_status, t.old_attempt, t.new_status, t.new_attempt)
    from public.transition_log as t
    where t.new_version <> t.old_version + 1
      or t.new_attempt not in (t.old_attempt, t.old_attempt + 1)
      or array_position(array['PENDING', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED'], t.new_status)
        < array_position(array['PENDING', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED'], t.old_status)
      or (t.old_status in ('COMPLETED', 'FAILED', 'CANCELLED') and t.new_status <> t.old_status)`;
  return [...found];
}

/** Keeps every update of a generation, for the monotony of status, attempt and version. */
export async function logTransitions(sql: postgres.Sql): Promise<void> {
  await sql`
    create table public.transition_log (
      id uuid, old_status text, new_status text, old_attempt int, new_attempt int, old_version int, new_version int)`;
  await sql`
    create function public.log_transition() returns trigger language plpgsql security definer as $$
    begin
      insert into public.transition_log
      values (new.id, old.status, new.status, old.attempt, new.attempt, old.version, new.version);
      return null;
    end $$`;
  await sql`
    create trigger transitions_are_logged after update on public.generations
    for each row execute function public.log_transition()`;
}
