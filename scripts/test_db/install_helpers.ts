/** Makes a migrated database one for pgTAP files. */
import postgres from "postgres";
import { HELPERS_FILE } from "./test_file.ts";

/**
 * Adds pgTAP, and schema `tests` as the schema's owner.
 *
 * @param databaseUrl A superuser's.
 * @throws {Error} Naming the file whose SQL failed.
 */
export async function installHelpers(databaseUrl: string, root: URL): Promise<void> {
  await execute(databaseUrl, "create extension if not exists pgtap with schema extensions");
  const sql = postgres(asOwner(databaseUrl), { max: 1, onnotice: () => undefined });
  try {
    await sql.unsafe(await Deno.readTextFile(new URL(HELPERS_FILE, root)));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`Cannot load "${HELPERS_FILE}": ${reason}`, { cause });
  } finally {
    await sql.end();
  }
}

/** The same database, for the role that owns the schema and is no superuser. */
export function asOwner(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  url.username = "postgres";
  return url.href;
}

async function execute(databaseUrl: string, text: string): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => undefined });
  try {
    await sql.unsafe(text);
  } finally {
    await sql.end();
  }
}
