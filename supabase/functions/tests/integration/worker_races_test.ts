/** Races between what a worker does at once: its claims, its heartbeats, its failures. Real queue, real rows. */
import { assertEquals } from "@std/assert";
import postgres from "postgres";
import { type Backend, startBackend } from "../backend.ts";
import { cloneDatabase } from "../database.ts";
import { submitOne } from "../submissions.ts";
import { until } from "../until.ts";

const WORKER = "00000000-0000-4000-8000-000000000001";

async function submitOf(backend: Backend): Promise<string> {
  const { token } = await backend.logIn();
  const body = { prompt: "a red fox", quality: "low" };
  const response = await backend.send("generation", { method: "POST", token, body });
  assertEquals(response.status, 202);
  return (await response.json()).id;
}

Deno.test("worker starts nothing between a 429 and the pause it brings", async () => {
  await using backend = await startBackend();
  await backend.sql`update private.settings set max_concurrent = 1`;
  backend.openai.setFaults([{ status: 429, code: "rate_limit_exceeded", retry_after: 30 }]);
  for (let user = 0; user < 4; user++) await submitOf(backend);
  await backend.work();
  assertEquals(backend.openai.requests().length, 1);
});

Deno.test("worker starts nothing between a refusal for want of money and the pause it brings", async () => {
  await using backend = await startBackend();
  await backend.sql`update private.settings set max_concurrent = 1`;
  backend.openai.setFaults([{ status: 429, code: "insufficient_quota" }]);
  for (let user = 0; user < 4; user++) await submitOf(backend);
  await backend.work();
  assertEquals(backend.openai.requests().length, 1);
});

Deno.test("claim_generations and extend_leases of one worker never wait for one another", async () => {
  await using database = await cloneDatabase();
  const sql = postgres(database.url, {
    max: 6,
    onnotice: () => {},
    connection: { "deadlock_timeout": 20 },
  });
  await sql`
    update private.settings
    set max_pending_per_user = 100, per_user_concurrency = 20, max_concurrent = 100`;
  const [login] = await sql`
    select public.login_user(1, 'T', null, null, null, null, false, ${"1".repeat(64)}) as l`;
  for (let job = 0; job < 20; job++) {
    await submitOne(sql, login?.l.user.id);
  }
  const [claim] = await sql`select public.claim_generations(${WORKER}, 20) as c`;
  const jobs: { generation_id: string; attempt: number }[] = claim?.c.jobs;
  assertEquals(jobs.length, 20);
  const forwards = sql.json(jobs as never);
  const backwards = sql.json(jobs.toReversed() as never);
  for (let round = 0; round < 30; round++) {
    await sql`
      with every as (
        select a.generation_id from private.generation_attempts as a
        order by a.generation_id for no key update)
      update private.generation_attempts as a set provider_finished_at = null
      from every as e where a.generation_id = e.generation_id`;
    // A deadlock makes one of them throw 40P01.
    await Promise.all([
      sql`select public.extend_leases(${WORKER}, ${forwards})`,
      sql`select public.claim_generations(${WORKER}, 0, ${backwards})`,
      sql`select public.extend_leases(${WORKER}, ${backwards})`,
      sql`select public.claim_generations(${WORKER}, 0, ${forwards})`,
    ]);
  }
  await sql.end();
});

Deno.test("recover_pace never undoes a refusal that came while it looked", async () => {
  await using database = await cloneDatabase();
  const sql = postgres(database.url, { max: 3, onnotice: () => {} });
  await sql`
    update private.provider_state
    set concurrency_limit = 8, concurrency_changed_at = now() - interval '6 seconds'`;
  let recovering: Promise<unknown> | undefined;
  await sql.begin(async (refusal) => {
    await refusal`select private.lower_pace(1000, clock_timestamp())`;
    recovering = sql`select private.recover_pace()`.execute();
    await until("recover_pace waits for the refusal", async () => {
      const [row] = await sql`
        select 1 as waits from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`;
      return row;
    });
  });
  await recovering;
  const [row] = await sql`select concurrency_limit from private.provider_state`;
  assertEquals(row?.concurrency_limit, 4);
  await sql.end();
});
