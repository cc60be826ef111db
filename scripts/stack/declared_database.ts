/** A database made of `supabase/schemas`, beside which one made of the migrations is held. */
import postgres from "postgres";
import { findSchemaFiles } from "../schema_files.ts";
import { runSupabaseCli } from "./supabase_cli.ts";

/**
 * Applies the schema files in their order, in one transaction.
 *
 * @param databaseUrl A bare project's database, as the role that is to own the schema.
 * @throws {Error} Naming file, line, SQLSTATE and message of the statement that failed.
 */
export async function applySchemas(databaseUrl: string, root: URL): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => undefined });
  try {
    await sql.begin(async (transaction) => {
      // As the migrations: functions call one another in any order.
      await transaction`set local check_function_bodies = off`;
      for (const path of await findSchemaFiles(root)) {
        const text = await Deno.readTextFile(new URL(path, root));
        await transaction.unsafe(text).catch((error) => {
          throw new Error(`Cannot apply ${describe(error, { path, text })}`, { cause: error });
        });
      }
    });
  } finally {
    await sql.end();
  }
}

function describe(error: unknown, { path, text }: { path: string; text: string }): string {
  if (!(error instanceof postgres.PostgresError)) return `${path}: ${error}`;
  const line = text.slice(0, Number(error.position ?? 0)).split("\n").length;
  return `${path}:${line}: ${error.code} ${error.message}`;
}

/**
 * The SQL that turns one database into another, by the CLI's `db diff`; empty when they are equal.
 *
 * @param urls Superuser URLs.
 * @throws {Error} With the CLI's own words when it fails.
 */
export async function diffDatabases(urls: { from: string; to: string }): Promise<string> {
  const { code, stdout, stderr } = await runSupabaseCli(
    ["db", "diff", `--from=${urls.from}`, `--to=${urls.to}`],
  );
  if (code !== 0) throw new Error(`"supabase db diff" failed with exit code ${code}:\n${stderr}`);
  return stdout.trim();
}
