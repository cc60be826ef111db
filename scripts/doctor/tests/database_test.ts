/** Faults within a database, each made on purpose in a copy of the migrated one. */
import type postgres from "postgres";
import { cloneDatabase } from "../../../supabase/functions/tests/database.ts";
import type { Check } from "../check.ts";
import { advisors } from "../checks/advisors.ts";
import { database } from "../checks/database.ts";
import { extensions } from "../checks/extensions.ts";
import { migrations } from "../checks/migrations.ts";
import { schedules } from "../checks/schedules.ts";
import { vault } from "../checks/vault.ts";
import { connect } from "../deployment.ts";
import {
  assertFound,
  assertHealthy,
  type Changes,
  deploymentOf,
  type Expected,
  findingsOf,
} from "./fixture.ts";

const SUPABASE_URL = "https://ref.supabase.co";
const WORKER_SECRET = "worker-secret-of-the-tests";

interface Fault extends Expected {
  name: string;
  check: Check;
  /** Makes it. */
  break?: (sql: postgres.Sql) => Promise<unknown>;
  changes?: Changes;
}

const FAULTS: Fault[] = [
  {
    name: "a migration that was not applied",
    check: migrations,
    changes: { migrations: (versions) => [...versions, "20991231000000"] },
    level: "wrong",
    text: /^1 of \d+ migrations are missing: 20991231000000$/,
    cure: /^supabase db push/,
  },
  {
    name: "a migration of a later checkout",
    check: migrations,
    changes: { migrations: (versions) => versions.slice(0, -1) },
    level: "wrong",
    text: /migrations this checkout does not know: \d{14}$/,
    cure: /git pull/,
  },
  {
    name: "an extension that was dropped",
    check: extensions,
    break: (sql) => sql`drop extension pg_net cascade`,
    level: "wrong",
    text: /extension pg_net is missing/,
    cure: /^create extension pg_net;/,
  },
  {
    name: "an extension that is older than any that was tried",
    check: extensions,
    break: (sql) => sql`update pg_extension set extversion = '1.3.1' where extname = 'pg_cron'`,
    level: "warning",
    text: /pg_cron is 1\.3\.1/,
    cure: /Upgrade the project/,
  },
  {
    name: "a job that is not active",
    check: schedules,
    break: (sql) => sql`update cron.job set active = false where jobname = 'clean_up'`,
    level: "wrong",
    text: /job clean_up is not scheduled/,
    cure: /set active = true where jobname = 'clean_up'/,
  },
  {
    name: "a sweep that fails",
    check: schedules,
    break: async (sql) => {
      await sql`delete from cron.job_run_details`;
      await sql`
        insert into cron.job_run_details (jobid, runid, status, return_message, start_time, end_time)
        select jobid, 99, 'failed', 'ERROR: out of disk', now(), now() from cron.job where jobname = 'sweep'`;
    },
    level: "wrong",
    text: /last ended well never; it failed with: ERROR: out of disk/,
    cure: /cron\.job_run_details/,
  },
  {
    name: "a sweep that stopped",
    check: schedules,
    break: (sql) => sql`update cron.job_run_details set end_time = end_time - interval '1 hour'`,
    level: "wrong",
    text: /last ended well 36\d\d s ago/,
    cure: /restart the database/,
  },
  {
    name: "a Vault secret that is missing",
    check: vault,
    break: (sql) => sql`delete from vault.secrets where name = 'worker_url'`,
    level: "wrong",
    text: /worker_url is missing/,
    cure:
      /vault\.create_secret\('https:\/\/ref\.supabase\.co\/functions\/v1\/worker', 'worker_url'\)/,
  },
  {
    name: "a Vault secret that differs from the function's",
    check: vault,
    changes: { env: { WORKER_SECRET: "another-secret-of-the-tests" } },
    level: "wrong",
    text: /worker_secret differs/,
    cure: /vault\.update_secret/,
  },
  {
    name: "a worker_url of another project",
    check: vault,
    changes: { env: { SUPABASE_URL: "https://other.supabase.co" } },
    level: "wrong",
    text: /worker_url is https:\/\/ref\.supabase\.co.*, wanted https:\/\/other/,
    cure: /vault\.update_secret/,
  },
  {
    name: "a table that anybody may read",
    check: advisors,
    break: async (sql) => {
      await sql`create table public.left_open (id integer primary key)`;
      await sql`grant select on public.left_open to anon`;
    },
    level: "warning",
    text: /left_open/,
    cure: /http/,
  },
];

/** A database as a deployment leaves it, broken on purpose; gives what the check finds. */
async function findIn(check: Check, fault: Pick<Fault, "break" | "changes"> = {}) {
  await using clone = await cloneDatabase();
  const sql = connect(clone.url);
  try {
    await sql`select vault.create_secret(${`${SUPABASE_URL}/functions/v1/worker`}, 'worker_url')`;
    await sql`select vault.create_secret(${WORKER_SECRET}, 'worker_secret')`;
    await sql`
      insert into cron.job_run_details (jobid, runid, status, start_time, end_time)
      select jobid, 1, 'succeeded', now(), now() from cron.job where jobname = 'sweep'`;
    await fault.break?.(sql);
    const settings = { DATABASE_URL: clone.url, SUPABASE_URL, WORKER_SECRET };
    return await findingsOf(check, await deploymentOf(settings, { sql, ...fault.changes }));
  } finally {
    await sql.end();
  }
}

for (const { name, check, break: make, changes, ...expected } of FAULTS) {
  Deno.test(`doctor finds by ${check.name}: ${name}`, async () => {
    const fault = { ...(make && { break: make }), ...(changes && { changes }) };
    assertFound(await findIn(check, fault), expected);
  });
}

for (const check of new Set(FAULTS.map(({ check }) => check))) {
  Deno.test(`doctor has nothing to say by ${check.name} of a database that is well`, async () => {
    assertHealthy(await findIn(check));
  });
}

Deno.test("doctor finds by database: a role that may not look", async () => {
  await using clone = await cloneDatabase();
  const url = clone.url.replace("//supabase_admin@", "//authenticator@");
  const sql = connect(url);
  try {
    const deployment = await deploymentOf({ DATABASE_URL: url }, { sql });
    assertFound(await findingsOf(database, deployment), {
      level: "wrong",
      text: /acts as authenticator/,
      cure: /role postgres/,
    });
  } finally {
    await sql.end();
  }
});

Deno.test("doctor finds by database: an address where nothing listens", async () => {
  const url = "postgres://postgres:the-password@127.0.0.1:1/postgres";
  const sql = connect(url);
  try {
    const deployment = await deploymentOf({ DATABASE_URL: url }, { sql });
    assertFound(await findingsOf(database, deployment), {
      level: "wrong",
      text: /ECONNREFUSED/,
      cure: /connection string/,
    });
  } finally {
    await sql.end();
  }
});
