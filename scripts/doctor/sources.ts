/** What the checkout holds that a deployment should have: migrations, functions, schedules. */
import { listFunctions } from "../check_functions.ts";

/** Names, in order. */
export interface Sources {
  /** `YYYYMMDDHHMMSS` of each file of supabase/migrations. */
  migrations: string[];
  /** Folders of supabase/functions with an index.ts. */
  functions: string[];
  /** Names of the jobs that the migrations schedule. */
  schedules: string[];
}

/** Reads them. */
export async function findSources(
  root: URL = new URL("../../supabase/", import.meta.url),
): Promise<Sources> {
  const migrations: string[] = [];
  const texts = new Map<string, string>();
  for await (const { name } of Deno.readDir(new URL("migrations/", root))) {
    const version = /^(\d+)_.*\.sql$/.exec(name)?.[1];
    if (version === undefined) continue;
    migrations.push(version);
    texts.set(version, await Deno.readTextFile(new URL(`migrations/${name}`, root)));
  }
  migrations.sort();
  const schedules = schedulesOf(migrations.map((version) => texts.get(version) ?? ""));
  const functions = await listFunctions(new URL("functions/", root));
  return { migrations, functions, schedules };
}

function schedulesOf(texts: readonly string[]): string[] {
  const names = new Set<string>();
  for (const [, verb, name = ""] of texts.join("\n").matchAll(/cron\.(un)?schedule\(\s*'(\w+)'/g)) {
    if (verb === undefined) names.add(name);
    else names.delete(name);
  }
  return [...names];
}
