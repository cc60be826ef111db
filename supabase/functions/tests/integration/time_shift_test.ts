/** A database that slept, was restored, or whose clock was set back: the next submission is accepted and done. */
import { assert, assertEquals } from "@std/assert";
import postgres from "postgres";
import { startBackend } from "../backend.ts";
import { submitOne } from "../submissions.ts";

const DISTANCES = ["1 hour", "7 hours", "26 hours", "40 days", "400 days", "-5 minutes"];

/** Moves every finite `timestamptz` of our schemas and the queue's into the past, as if so long had passed. */
async function letTimePass(sql: postgres.Sql, distance: string): Promise<number> {
  const columns = await sql`
    select c.oid::regclass::text as relation, a.attname as name
    from pg_class as c
    join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relnamespace::regnamespace::text in ('public', 'private', 'pgmq')
      and c.relkind in ('r', 'p') and a.atttypid = 'timestamptz'::regtype`;
  await sql.begin(async (tx) => {
    // Without triggers: nothing happens, time passes.
    await tx`set local session_replication_role = replica`;
    for (const { relation, name } of columns) {
      await tx.unsafe(`update ${relation} set "${name}" = "${name}" - interval '${distance}'
        where isfinite("${name}")`);
    }
  });
  return columns.length;
}

for (const distance of DISTANCES) {
  Deno.test(`the flow goes on after everything stored is ${distance} older`, async () => {
    const isSetBack = distance.startsWith("-");
    await using backend = await startBackend();
    const { sql } = backend;
    await sql`update private.settings set bot_message_after_seconds = 60, partial_images = 0`;
    const submit = async (token: string) => {
      const response = await backend.send("generation", {
        method: "POST",
        token,
        body: { prompt: "a fox", quality: "low" },
      });
      return { status: response.status, answer: await response.json() };
    };
    // A row of every kind: done, failed, cancelled, waiting, waiting in a lane, and claimed by a worker that died.
    const before = await backend.logIn();
    await submit(before.token);
    await backend.work();
    const waiting = await Promise.all([1, 2, 3].map(() => backend.logIn()));
    for (const { id } of waiting) for (let n = 0; n < 4; n++) await submitOne(sql, id);
    await sql`select public.claim_generations(gen_random_uuid(), 2)`;
    const [cancelled] = await sql`
      select id, user_id from public.generations where status = 'PENDING' order by created_at desc limit 1`;
    await sql`select public.delete_generation(${cancelled?.user_id}, null, ${cancelled?.id})`;
    // A pause told by the provider lasts as long as it was told, and as a clock is set back.
    if (!isSetBack) await sql`select private.lower_pace(1000, clock_timestamp())`;

    assert(await letTimePass(sql, distance) > 30);

    // Claims, rings and submissions each by themselves: nothing has healed yet.
    const after = await backend.logIn();
    const first = await submit(after.token);
    assertEquals(first.status, 202, JSON.stringify(first.answer));
    const { queue: { eta_seconds } } = first.answer;
    assert(eta_seconds >= 1 && eta_seconds < 600, `ETA ${eta_seconds}`);
    const [swept] = await sql`select private.sweep() as done`;
    assertEquals(swept?.done.failed, undefined);
    await sql`select private.clean_up()`;
    await backend.work();
    await sql`select private.sweep()`;
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
