/** Makes a migrated database one for pgTAP files. */
import postgres from "postgres";
import { HELPERS_FILE } from "./test_file.ts";

/**
 * Adds pgTAP and schema `tests`.
 *
 * @throws {Error} Naming the file whose SQL failed.
 */
export async function installHelpers(databaseUrl: string, root: URL): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => undefined });
  try {
    await sql.unsafe(await Deno.readTextFile(new URL(HELPERS_FILE, root)));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`Cannot load "${HELPERS_FILE}": ${reason}`, { cause });
  } finally {
    await sql.end();
  }
}
