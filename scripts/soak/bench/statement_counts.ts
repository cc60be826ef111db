/** What Postgres did, by pg_stat_statements and the position of the write-ahead log. */
import type { BenchStack } from "./bench_stack.ts";

/** Sums since the last reset. */
export interface DatabaseWork {
  /** Statements the Data API sent for the functions: two a call, with the settings of its role. */
  apiStatements: number;
  /** Statements in all, those inside functions included; without the benchmark's own. */
  statements: number;
  /** Milliseconds spent in the statements the functions sent. */
  apiMs: number;
  transactions: number;
  walBytes: number;
}

/** Loads pg_stat_statements into the stack's Postgres, which restarts for it. */
export async function trackStatements({ sql, control }: BenchStack): Promise<void> {
  await sql`alter system set shared_preload_libraries = 'pg_stat_statements'`;
  await sql`alter system set pg_stat_statements.track = 'all'`;
  await control.post("/postgres/restart", { mode: "fast" });
  const deadline = Date.now() + 10_000;
  while (true) {
    try {
      await sql`create extension if not exists pg_stat_statements with schema extensions`;
      return;
    } catch (error) {
      // The old connection is found broken, then the server may still be starting.
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

/** Runs `act` and gives what Postgres did meanwhile. */
export async function countWork(
  { sql }: Pick<BenchStack, "sql">,
  act: () => Promise<void>,
): Promise<DatabaseWork> {
  // One transaction of the benchmark's own is in each count.
  const before = await readTotals(sql);
  await sql`select extensions.pg_stat_statements_reset()`;
  await act();
  const [row] = await sql`
    select
      coalesce(sum(s.calls) filter (where s.toplevel and r.rolname = 'service_role'), 0)::float8 as api,
      coalesce(sum(s.total_exec_time) filter (where s.toplevel and r.rolname = 'service_role'), 0)::float8
        as api_ms,
      coalesce(sum(s.calls), 0)::float8 as all
    from extensions.pg_stat_statements as s join pg_catalog.pg_roles as r on r.oid = s.userid
    where s.query not like '%pg_stat_statements%' and s.query not like '%pg_stat_database%'`;
  const after = await readTotals(sql);
  return {
    apiStatements: row?.api,
    apiMs: row?.api_ms,
    statements: row?.all,
    transactions: after.transactions - before.transactions,
    walBytes: after.wal - before.wal,
  };
}

async function readTotals(
  sql: BenchStack["sql"],
): Promise<{ transactions: number; wal: number }> {
  // Sessions report their counts within a second or so.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const [row] = await sql`
    select
      (select xact_commit from pg_stat_database where datname = current_database())::float8
        as transactions,
      (pg_current_wal_lsn() - '0/0')::float8 as wal`;
  return { transactions: row?.transactions, wal: row?.wal };
}
