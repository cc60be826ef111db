// The worker of the pg_cron stand-in, against a real database.
import { assert, assertEquals, assertThrows } from "@std/assert";
import postgres from "postgres";
import { startCron } from "../cron.ts";
import { parseSchedule } from "../cron_schedule.ts";
import { preparePlatform } from "../platform.ts";
import { startPostgres } from "../postgres.ts";

const at = (text: string) => Date.parse(`${text}Z`);

Deno.test("parseSchedule() counts seconds from the moment given", () => {
  assertEquals(parseSchedule("10 seconds")(at("2026-01-01T00:00:03")), at("2026-01-01T00:00:13"));
  assertEquals(parseSchedule("1 second")(5_500), 6_500);
});

Deno.test("parseSchedule() finds the next moment of cron fields, in UTC", () => {
  const cases = [
    ["* * * * *", "2026-01-01T00:00:00", "2026-01-01T00:01:00"],
    ["*/15 3 * * *", "2026-01-01T03:15:01", "2026-01-01T03:30:00"],
    ["0 0 $ * *", "2028-02-10T00:00:00", "2028-02-29T00:00:00"],
    ["30 4 * * mon", "2026-11-23T04:30:00", "2026-11-30T04:30:00"],
    ["@hourly", "2026-01-01T00:59:59", "2026-01-01T01:00:00"],
  ] as const;
  for (const [schedule, after, due] of cases) {
    assertEquals(parseSchedule(schedule)(at(after)), at(due), schedule);
  }
});

Deno.test("parseSchedule() refuses what is no schedule", () => {
  for (const text of ["", "60 seconds", "* * * *", "* * * * * *", "61 * * * *"]) {
    assertThrows(() => parseSchedule(text), Error, undefined, text);
  }
});

Deno.test("startCron", async (t) => {
  await using cleanup = new AsyncDisposableStack();
  const server = await startPostgres();
  cleanup.defer(() => server.stop());
  await preparePlatform(server);
  const sql = postgres(server.url(), { max: 1, onnotice: () => undefined });
  cleanup.defer(() => sql.end());
  const cron = await startCron({ databaseUrl: server.url() });
  cleanup.defer(() => cron.close());
  await sql`create table runs (id serial, who text default current_user)`;
  /** Waits until a query gives a row. */
  const until = async (text: string) => {
    for (const started = Date.now(); Date.now() - started < 15_000;) {
      const [row] = await sql.unsafe(text).catch(() => []);
      if (row !== undefined) return { ...row };
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`No row within 15 s: ${text}`);
  };
  const runOf = (name: string, status: string) =>
    until(`select d.return_message as message, d.username, d.end_time >= d.start_time as ended
      from cron.job_run_details d join cron.job j using (jobid)
      where j.jobname = '${name}' and d.status = '${status}'`);

  await t.step("runs a job again and again, and records it", async () => {
    await sql`select cron.schedule('count', '1 second', 'insert into runs default values')`;
    await until("select from runs having count(*) >= 2");
    assertEquals(await runOf("count", "succeeded"), {
      message: "INSERT 1",
      username: "supabase_admin",
      ended: true,
    });
  });

  await t.step("records a failing job, and goes on with the others", async () => {
    await sql`select cron.schedule('bad', '1 second', 'select 1/0')`;
    assertEquals((await runOf("bad", "failed"))["message"], "division by zero");
    await sql`select cron.unschedule('bad')`;
  });

  await t.step("is not stopped by a schedule written past cron.schedule()", async () => {
    await sql`insert into cron.job (schedule, command) values ('never', 'select 1')`;
    const [row] = await sql`select max(runid) as last from cron.job_run_details`;
    await sql`select cron.schedule('later', '1 second', 'select 2')`;
    await until(
      `select from cron.job_run_details where runid > ${row?.last} and command = 'select 2'`,
    );
    await sql`delete from cron.job where schedule = 'never' or jobname = 'later'`;
  });

  await t.step("runs a job as its user", async () => {
    await sql`create role clerk login`;
    await sql`grant insert on runs to clerk`;
    await sql`grant usage on sequence runs_id_seq to clerk`;
    await sql`select cron.alter_job(jobid, username => 'clerk') from cron.job`;
    await until("select from runs where who = 'clerk'");
    await sql`select cron.alter_job(jobid, username => 'supabase_admin') from cron.job`;
  });

  await t.step("never runs a job beside itself", async () => {
    await sql`create table beside (n bigint)`;
    await sql`select cron.schedule('slow', '1 second', ${
      "insert into beside select count(*) " +
      "from pg_stat_activity where query like '%beside%' and application_name = 'pg_cron'; " +
      "select pg_sleep(1.3)"
    })`;
    await until("select from beside having count(*) >= 2");
    const [row] = await sql`select max(n) as most from beside`;
    assertEquals(row?.most, "1");
    await sql`select cron.unschedule('slow')`;
  });

  await t.step("mode stop starts nothing, mode run goes on", async () => {
    cron.mode = "stop";
    // Whatever was started before has ended once this job is seen not to run.
    await until(
      "select where not exists (select from cron.job_run_details where status = 'running')",
    );
    const [before] = await sql`select max(runid) as last from cron.job_run_details`;
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const [after] = await sql`select max(runid) as last from cron.job_run_details`;
    assertEquals(after?.last, before?.last);
    cron.mode = "run";
    await until(`select from cron.job_run_details where runid > ${before?.last}`);
  });

  await t.step("goes on after the server has crashed", async () => {
    await server.restart("immediate");
    await sql`select 1`.catch(() => undefined);
    const [row] = await sql`select max(runid) as last from cron.job_run_details`;
    await until(
      `select from cron.job_run_details where runid > ${row?.last} and status = 'succeeded'`,
    );
    const open = await sql`select from cron.job_run_details where status = 'running'
      and start_time < now() - interval '10 seconds'`;
    assertEquals(open.length, 0);
  });

  await t.step("close() cancels what runs", async () => {
    await sql`select cron.schedule('endless', '1 second', 'select pg_sleep(600)')`;
    await until(
      "select from pg_stat_activity where query = 'select pg_sleep(600)' and state = 'active'",
    );
    const started = Date.now();
    await cron.close();
    assert(Date.now() - started < 10_000, "close() waited for the job");
    assertEquals((await runOf("endless", "failed"))["ended"], true);
  });
});
