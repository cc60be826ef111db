/**
 * Writes a dump of a database of an earlier version, which the upgrade's test brings to the present one.
 *
 * Run: `deno run -A scripts/write_upgrade_dump.ts VERSION`, VERSION being the last migration that it had. Once a
 * dump is committed it is not written again: it is what was.
 */
import postgres from "postgres";
import { fillOlderDatabase } from "./upgrade_dump/fill.ts";
import { dumpRows } from "./upgrade_dump/dump_rows.ts";
import { preparePlatform } from "./stack/platform.ts";
import { startPostgres } from "./stack/postgres.ts";
import { print } from "./demo/status_line.ts";
import { applyMigrationsUntil } from "../supabase/functions/tests/upgrade/older_database.ts";

const FOLDER = new URL("../supabase/functions/tests/upgrade/", import.meta.url);

const [version = ""] = Deno.args;
if (!/^\d{14}$/.test(version)) {
  print("Usage: deno run -A scripts/write_upgrade_dump.ts VERSION, e.g. 20261127120100\n");
  Deno.exit(2);
}
const server = await startPostgres();
try {
  await preparePlatform(server);
  await applyMigrationsUntil(version, server.url("postgres", "postgres"));
  const sql = postgres(server.url(), { max: 1, onnotice: () => {} });
  await fillOlderDatabase(sql);
  const dump = await dumpRows(sql);
  await sql.end();
  const head =
    `-- Rows of a database whose last migration is ${version}, as scripts/write_upgrade_dump.ts left them.\n` +
    `-- Taken at ${new Date().toISOString()}\n`;
  await Deno.writeTextFile(new URL(`${version}.sql`, FOLDER), head + dump);
  print(`Wrote supabase/functions/tests/upgrade/${version}.sql, ${dump.length} bytes\n`);
} finally {
  await server.stop();
}
