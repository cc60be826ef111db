/** Makes a bare Supabase project of a server's databases, by the SQL in `platform/`. */
import { join } from "@std/path";
import postgres from "postgres";
import type { Postgres } from "./postgres.ts";

/**
 * Applies `platform/*.sql` to `template1` and `postgres`, unless they have it: every database made of
 * `template1` afterwards is a fresh project.
 *
 * @throws {Error} Naming the file whose SQL failed.
 */
export async function preparePlatform(server: Pick<Postgres, "url">): Promise<void> {
  for (const database of ["template1", "postgres"]) {
    const sql = postgres(server.url(database), { max: 1, onnotice: () => undefined });
    try {
      await prepareDatabase(sql);
    } finally {
      await sql.end();
    }
  }
}

async function prepareDatabase(sql: postgres.Sql): Promise<void> {
  const [row] = await sql`select to_regnamespace('realtime') is not null as prepared`;
  if (row?.prepared) return;
  // One transaction, so that an interrupted start leaves a database that is prepared again.
  await sql.begin(async (transaction) => {
    for (const { name, text } of await readFiles()) {
      try {
        await transaction.unsafe(text);
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new Error(`Cannot apply "platform/${name}": ${reason}`, { cause });
      }
    }
  });
}

/** The files in the order of their names. */
async function readFiles(): Promise<{ name: string; text: string }[]> {
  const folder = join(import.meta.dirname ?? ".", "platform");
  const names = (await Array.fromAsync(Deno.readDir(folder), (entry) => entry.name))
    .filter((name) => name.endsWith(".sql")).sort();
  return await Promise.all(
    names.map(async (name) => ({ name, text: await Deno.readTextFile(join(folder, name)) })),
  );
}
