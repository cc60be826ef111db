/**
 * Checks that the migrations say nothing a hosted project refuses, and follow the house style.
 *
 * Run: `deno run -A scripts/check_migrations.ts`; exit 1 lists every problem as file:line.
 */
import { checkText } from "./check_migrations/rules.ts";

/** A migration as it lies in its folder. */
export interface Migration {
  /** File name. */
  name: string;
  text: string;
}

const FOLDER = "supabase/migrations";

/** Says what is wrong, as `supabase/migrations/<file>:<line>: <what>`. */
export function findProblems(migrations: readonly Migration[]): string[] {
  const problems = migrations.length === 0 ? [`${FOLDER}: no migration found`] : [];
  const versions = new Map<string, string>();
  for (const { name, text } of migrations) {
    const place = `${FOLDER}/${name}`;
    const version = /^(\d{14})_[a-z][a-z0-9_]*\.sql$/.exec(name)?.[1];
    if (version === undefined) {
      problems.push(`${place}:1: Its name is not YYYYMMDDHHMMSS_<concern>.sql, in lower case`);
    } else {
      const other = versions.get(version);
      if (other !== undefined) problems.push(`${place}:1: It has the version of "${other}"`);
      versions.set(version, name);
    }
    problems.push(...checkText(text).map(({ line, message }) => `${place}:${line}: ${message}`));
  }
  return problems;
}

/** Reads the migrations of the project at `root`, in the order they are applied. */
export async function readMigrations(root: URL): Promise<Migration[]> {
  const folder = new URL(`${FOLDER}/`, root);
  const names = (await Array.fromAsync(Deno.readDir(folder), (entry) => entry.name)).sort();
  return await Promise.all(
    names.map(async (name) => ({ name, text: await Deno.readTextFile(new URL(name, folder)) })),
  );
}

async function main(): Promise<void> {
  const migrations = await readMigrations(new URL("../", import.meta.url));
  const problems = findProblems(migrations);
  const report = problems.length > 0 ? problems : [`${migrations.length} migrations checked`];
  await Deno.stdout.write(new TextEncoder().encode(`${report.join("\n")}\n`));
  if (problems.length > 0) Deno.exit(1);
}

if (import.meta.main) await main();
