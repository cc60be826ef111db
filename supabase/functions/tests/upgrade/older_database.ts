/** A database as an earlier version left it: its migrations alone, then the rows of a dump. */
import postgres from "postgres";
import { applyMigrations } from "../../../../scripts/stack/migrate.ts";
import { cloneDatabase, type ClonedDatabase } from "../database.ts";
import { letTimePass } from "../integration/let_time_pass.ts";

const SUPABASE = new URL("../../../", import.meta.url);

/** Versions there is a dump of: the last migration each had. */
export async function findDumps(): Promise<string[]> {
  const versions: string[] = [];
  for await (const { name } of Deno.readDir(new URL(".", import.meta.url))) {
    if (/^\d{14}\.sql$/.test(name)) versions.push(name.slice(0, 14));
  }
  return versions.sort();
}

/** Makes it, with every time as far from now as it was when the dump was made. */
export async function openOlderDatabase(version: string): Promise<ClonedDatabase> {
  const dump = await Deno.readTextFile(new URL(`${version}.sql`, import.meta.url));
  const takenAt = Date.parse(/^-- Taken at (\S+)/m.exec(dump)?.[1] ?? "");
  const database = await cloneDatabase({ template: "template1" });
  const sql = postgres(database.url, { max: 1, onnotice: () => {} });
  try {
    await applyMigrationsUntil(version, database.url.replace("//supabase_admin@", "//postgres@"));
    await sql.unsafe(dump);
    await letTimePass(sql, `${-Math.round((Date.now() - takenAt) / 1000)} seconds`);
  } catch (error) {
    await database[Symbol.asyncDispose]();
    throw error;
  } finally {
    await sql.end();
  }
  return database;
}

/** Applies the migrations up to `version` and with it, by the CLI. */
export async function applyMigrationsUntil(version: string, databaseUrl: string): Promise<void> {
  const workdir = await Deno.makeTempDir({ prefix: "pixelpop-older-" });
  try {
    await Deno.mkdir(`${workdir}/supabase/migrations`, { recursive: true });
    await Deno.writeTextFile(`${workdir}/supabase/config.toml`, 'project_id = "pixelpop"\n');
    for await (const { name } of Deno.readDir(new URL("migrations/", SUPABASE))) {
      if (name.slice(0, 14) > version) continue;
      const target = `${workdir}/supabase/migrations/${name}`;
      await Deno.copyFile(new URL(`migrations/${name}`, SUPABASE), target);
    }
    await applyMigrations(databaseUrl, { workdir });
  } finally {
    await Deno.remove(workdir, { recursive: true });
  }
}
