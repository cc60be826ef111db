/** A database that slept, was restored, or whose clock was set back: the next submission is accepted and done. */
import { assert, assertEquals } from "@std/assert";
import postgres from "postgres";
import { startBackend } from "../backend.ts";
import { letTimePass } from "./let_time_pass.ts";
import { leaveRowsOfEveryKind, UNUSED_TIMES } from "./rows_of_every_kind.ts";

const DISTANCES = ["1 hour", "7 hours", "26 hours", "40 days", "400 days", "-5 minutes"];

/** Runs what pg_cron would, each once. */
async function runBackgroundJobs(sql: postgres.Sql): Promise<void> {
  for (const { jobname, command } of await sql`select jobname, command from cron.job`) {
    await sql.unsafe(command).catch((cause) => {
      throw new Error(`The job ${jobname} failed: ${command}`, { cause });
    });
  }
}

for (const distance of DISTANCES) {
  Deno.test(`the flow goes on after everything stored is ${distance} older`, async () => {
    const isSetBack = distance.startsWith("-");
    await using backend = await startBackend();
    const { sql } = backend;
    const submit = async (token: string) => {
      const response = await backend.send("generation", {
        method: "POST",
        token,
        body: { prompt: "a fox", quality: "low" },
      });
      return { status: response.status, answer: await response.json() };
    };
    await leaveRowsOfEveryKind(backend);
    // A pause lasts as long as it was told, and for as long as a clock was set back.
    const pauses = ["paused_until", "rate_paused_until", "rate_refused_at"];
    if (!isSetBack) {
      await sql`select private.pause_provider('storage', 'of before')`;
      await sql`select private.lower_pace(1000, clock_timestamp())`;
    }

    assertEquals(await letTimePass(sql, distance), [
      ...UNUSED_TIMES,
      ...isSetBack ? pauses.map((name) => `private.provider_state.${name}`) : [],
    ]);

    // Claims, rings and submissions each by themselves: nothing has healed yet.
    const after = await backend.logIn();
    const first = await submit(after.token);
    assertEquals(first.status, 202, JSON.stringify(first.answer));
    const { queue: { eta_seconds } } = first.answer;
    assert(eta_seconds >= 1 && eta_seconds < 600, `ETA ${eta_seconds}`);
    const [swept] = await sql`select private.sweep() as done`;
    assertEquals(swept?.done.failed, undefined);
    await runBackgroundJobs(sql);
    await backend.work();
    await runBackgroundJobs(sql);
    await backend.work();
    const [row] = await sql`select status from public.generations where id = ${first.answer.id}`;
    assertEquals(row?.status, "COMPLETED");
    // What was claimed by the dead worker, and what waited, is done or refunded.
    const left = await sql`
      select status from public.generations where status not in ('COMPLETED', 'FAILED', 'CANCELLED')`;
    if (!isSetBack) assertEquals(left.length, 0);
    assertEquals((await submit(after.token)).status, 202);
    assertEquals(await backend.violations(), []);
  });
}
