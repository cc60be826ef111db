/** An earlier version's database is brought to this one by `db push`: all that was in it survives and goes on. */
import { assertEquals } from "@std/assert";
import type postgres from "postgres";
import { applyMigrations } from "../../../../scripts/stack/migrate.ts";
import { REFRESH_TOKENS } from "../../../../scripts/upgrade_dump/fill.ts";
import { createRpcClient } from "../../_shared/db/rpc.ts";
import { type Backend, startBackend } from "../backend.ts";
import { readRelations } from "../integration/catalog.ts";
import { findDumps, openOlderDatabase } from "./older_database.ts";

type Row = Record<string, unknown>;

/** Every row of what a dump holds, by table. */
async function readRows(sql: postgres.Sql): Promise<Map<string, Row[]>> {
  const relations = (await readRelations(sql, ["public", "private", "pgmq"]))
    .filter(({ schema, name }) => schema !== "pgmq" || /^[qa]_/.test(name));
  const rows = new Map<string, Row[]>();
  for (const { schema, name } of relations) {
    const found = await sql`select to_jsonb(t) as row from ${sql(schema)}.${sql(name)} as t`;
    rows.set(`${schema}.${name}`, found.map(({ row }) => row));
  }
  return rows;
}

/**
 * Asserts that each row of before is there, in the columns it had. A migration that changes rows on
 * purpose is named here with what it changes.
 */
function assertKept(before: ReadonlyMap<string, Row[]>, after: ReadonlyMap<string, Row[]>): void {
  for (const [table, rows] of before) {
    const columns = Object.keys(rows[0] ?? {});
    const left = new Set(
      after.get(table)?.map((row) =>
        JSON.stringify(Object.fromEntries(columns.map((name) => [name, row[name]])))
      ),
    );
    for (const row of rows) {
      const text = JSON.stringify(Object.fromEntries(columns.map((name) => [name, row[name]])));
      if (!left.has(text)) throw new Error(`${table} has lost or changed a row: ${text}`);
    }
  }
}

async function idOf(sql: postgres.Sql, prompt: string): Promise<string> {
  const [row] = await sql`select id from public.generations where prompt = ${prompt}`;
  return row?.id;
}

/** Calls what a worker of the earlier version calls, which is deployed until the functions are. */
async function finishAsOldWorker({ environment, sql, runtime }: Backend): Promise<unknown> {
  const id = await idOf(sql, "its worker lives");
  const db = createRpcClient({
    url: environment.SUPABASE_URL ?? "",
    secretKey: environment.SUPABASE_SECRET_KEY ?? "",
    fetch: runtime.fetch,
  });
  await db.rpc("extend_leases", {
    worker_id: crypto.randomUUID(),
    attempts: [{ generation_id: id, attempt: 1 }],
  });
  return await db.rpc("complete_generation", {
    generation_id: id,
    attempt: 1,
    public_url: `https://bucket.example.com/generations/${id}.png`,
    recovered: false,
    model: "gpt-image-2",
    latency_ms: 15_000,
    usage: null,
    width: 1024,
    height: 1024,
  });
}

for (const version of await findDumps()) {
  Deno.test(`a database of ${version} survives the upgrade, and its jobs finish`, async (t) => {
    await using backend = await startBackend({ database: await openOlderDatabase(version) });
    const { sql } = backend;
    const before = await readRows(sql);
    await applyMigrations(backend.databaseUrl.replace("//supabase_admin@", "//postgres@"));

    await t.step("every row is as it was, and the money is right", async () => {
      assertKept(before, await readRows(sql));
      assertEquals(await backend.violations(), []);
    });

    await t.step("a job in flight is finished by the worker that has it", async () => {
      const outcome = await finishAsOldWorker(backend);
      assertEquals(outcome, { outcome: "completed", status: "COMPLETED" });
    });

    await t.step("sessions go on, and nobody is granted anything twice", async () => {
      const response = await backend.send("auth/refresh", {
        method: "POST",
        body: { refresh_token: REFRESH_TOKENS[102] },
      });
      assertEquals(response.status, 200);
      const { access_token: token, user } = await response.json();
      assertEquals(user.credits, 20 + 30 - 4);
      const again = await backend.logIn(102);
      assertEquals([again.id, again.credits], [user.id, user.credits]);
      const list = await backend.send("generation", { token });
      const { items } = await list.json();
      assertEquals(items.map(({ status }: { status: string }) => status), Array(4).fill("PENDING"));
    });

    await t.step("queued jobs, a second attempt and a lost worker's job finish", async () => {
      // The lost worker's lease, which the dump made long, runs out.
      await sql`
        update private.generation_attempts set lease_expires_at = now() - interval '1 second'
        where finished_at is null`;
      await sql`select private.sweep()`;
      for (let round = 0; round < 10; round++) {
        await sql`update pgmq.q_generations set vt = now()`;
        await backend.work();
      }
      const rows = await sql<{ prompt: string; status: string }[]>`
        select prompt, status from public.generations order by created_at, id`;
      assertEquals(rows.map(({ prompt, status }) => `${prompt}: ${status}`), [
        "finished: COMPLETED",
        "hidden: COMPLETED",
        "failed: FAILED",
        "cancelled: CANCELLED",
        "a second attempt: COMPLETED",
        "its worker lives: COMPLETED",
        "its worker is lost: COMPLETED",
        "waits 1: COMPLETED",
        "waits 2: COMPLETED",
        "waits 3: COMPLETED",
        "waits 4: COMPLETED",
      ]);
      assertEquals(await backend.violations(), []);
    });

    await t.step("a new submission is taken, drawn and told", async () => {
      const { token } = await backend.logIn(101);
      const body = { prompt: "after the upgrade", quality: "low" };
      const response = await backend.send("generation", { method: "POST", token, body });
      assertEquals(response.status, 202);
      const { id } = await response.json();
      await backend.work();
      const picture = await backend.send(`generation/${id}`, { token });
      assertEquals((await picture.json()).status, "COMPLETED");
    });
  });
}
