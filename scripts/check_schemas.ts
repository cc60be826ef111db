/** Compares `supabase/schemas` with the migrations: a change of one without the other fails. */
import postgres from "postgres";
import { applySchemas, diffDatabases } from "./stack/declared_database.ts";
import type { Postgres } from "./stack/postgres.ts";
import { copyDatabase } from "./stack/test_database.ts";

const ROOT = new URL("../", import.meta.url);
/**
 * Gives the SQL that the migrations lack.
 *
 * @param options.migrated Name of a database made of the migrations, to which no session is connected.
 * @param options.root The checkout. Default: this one.
 * @throws {Error} When a schema file does not apply, or the CLI fails.
 */
export async function findSchemaDifference(
  { server, migrated, root = ROOT }: {
    server: Pick<Postgres, "url" | "createDatabase" | "dropDatabase">;
    migrated: string;
    root?: URL;
  },
): Promise<string> {
  await using from = await copyDatabase(server, migrated);
  await using to = await copyDatabase(server, "template1");
  await applySchemas(server.url(nameOf(to.url), "postgres"), root);
  await removeSchedules(from.url);
  return await diffDatabases({ from: from.url, to: to.url });
}

/** Schedules carry the name of their database: they are a migration's by hand, and no part of the comparison. */
async function removeSchedules(databaseUrl: string): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1 });
  try {
    await sql`delete from cron.job where true`;
  } finally {
    await sql.end();
  }
}

function nameOf(databaseUrl: string): string {
  return new URL(databaseUrl).pathname.slice(1);
}

/** @throws {Error} When schemas and migrations differ, with the difference and the command that cures it. */
export async function checkSchemas(
  options: Parameters<typeof findSchemaDifference>[0],
): Promise<void> {
  const difference = await findSchemaDifference(options);
  if (difference === "") return;
  throw new Error(
    'supabase/migrations lack what supabase/schemas say: run "deno task db:diff NAME"\n' +
      difference,
  );
}
