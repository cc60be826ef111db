/** The judge of the database: every job ended, paid for once or refunded once, and nothing left in the queue. */
import type { Arena } from "./arena.ts";
import { insist } from "../insist.ts";

/** How a job ended, as the database has it. */
export interface EndedRow {
  id: string;
  user_id: string;
  status: string;
  attempt: number;
  cost: number;
  public_url: string | null;
  error_code: string | null;
  /** The user deleted it after its end: hidden, and the picture gone. */
  is_deleted: boolean;
  debits: number;
  debited: number;
  refunds: number;
  refunded: number;
}

/** Looks at the rows of the scenario's users; `rows` for the other judges. */
export async function judgeRows(
  { sql, users, jobs }: Arena,
): Promise<{ violations: string[]; rows: EndedRow[] }> {
  const violations: string[] = [];
  const userIds = users.map(({ id }) => id);
  const rows = await insist(() =>
    sql<EndedRow[]>`
      select g.id, g.user_id, g.status, g.attempt, g.cost, g.public_url, g.error_code,
        g.deleted_at is not null as is_deleted,
        count(l.id) filter (where l.kind = 'generation')::int as debits,
        coalesce(sum(l.delta) filter (where l.kind = 'generation'), 0)::int as debited,
        count(l.id) filter (where l.kind = 'refund')::int as refunds,
        coalesce(sum(l.delta) filter (where l.kind = 'refund'), 0)::int as refunded
      from public.generations as g left join public.credit_ledger as l on l.generation_id = g.id
      where g.user_id = any (${userIds}::uuid[]) group by g.id`
  );
  const known = new Set(rows.map(({ id }) => id));
  const lost = jobs.filter(({ id }) => !known.has(id)).length;
  if (lost > 0) violations.push(`${lost} accepted jobs have no row`);
  if (rows.length !== jobs.length) {
    violations.push(`${rows.length} rows of ${jobs.length} accepted jobs`);
  }
  for (const row of rows) violations.push(...judgeRow(row));
  violations.push(...await judgeBalances({ sql, users }, rows));
  violations.push(...await findLeftovers({ sql }));
  return { violations, rows: [...rows] };
}

function judgeRow(row: EndedRow): string[] {
  const name = `${row.id} (${row.status}, attempt ${row.attempt})`;
  const wrong: string[] = [];
  const isUnpaid = row.status === "FAILED" || row.status === "CANCELLED";
  if (!isUnpaid && row.status !== "COMPLETED") wrong.push(`${name} has not ended`);
  if (row.debits !== 1 || row.debited !== -row.cost) {
    wrong.push(`${name} was debited ${row.debits} times, ${row.debited} credits`);
  }
  if (row.refunds !== (isUnpaid ? 1 : 0) || row.refunded !== (isUnpaid ? row.cost : 0)) {
    wrong.push(`${name} was refunded ${row.refunds} times, ${row.refunded} credits`);
  }
  return wrong;
}

async function judgeBalances(
  { sql, users }: Pick<Arena, "sql" | "users">,
  rows: readonly EndedRow[],
): Promise<string[]> {
  const userIds = users.map(({ id }) => id);
  const balances = await insist(() =>
    sql<{ id: string; credits: number }[]>`
      select id, credits from public.users where id = any (${userIds}::uuid[])`
  );
  const wrong: string[] = [];
  for (const { id, credits } of users) {
    const spent = rows.filter(({ user_id, status }) => user_id === id && status === "COMPLETED")
      .reduce((sum, { cost }) => sum + cost, 0);
    const balance = balances.find((row) => row.id === id)?.credits;
    if (balance !== credits - spent) {
      wrong.push(`User ${id} has ${balance} credits, wanted ${credits} - ${spent}`);
    }
  }
  return wrong;
}

async function findLeftovers({ sql }: Pick<Arena, "sql">): Promise<string[]> {
  const found = await insist(() =>
    sql<{ what: string }[]>`
      select 'ledger: ' || v.violation || ' ' || v.detail as what from admin.ledger_violations as v
      union all select 'a message is left in the queue: ' || q.message::text from pgmq.q_generations as q
      union all select 'an ended row still has its message: ' || g.id
        from public.generations as g where g.finished_at is not null and g.message_id is not null
      union all select 'an attempt has no outcome: ' || a.generation_id
        from private.generation_attempts as a where a.finished_at is null
      union all select 'a dead letter is missing: ' || g.id
        from public.generations as g
        where g.status = 'FAILED' and g.error_code <> 'moderation_blocked' and g.attempt > 0
          and not exists (
            select 1 from pgmq.a_generations as d where d.message ->> 'generation_id' = g.id::text)`
  );
  return found.map(({ what }) => what);
}
