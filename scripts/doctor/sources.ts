/** What the checkout holds that a deployment should have: migrations, functions, schedules. */

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
  const functions: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL("functions/", root))) {
    if (isDirectory && await isFile(new URL(`functions/${name}/index.ts`, root))) {
      functions.push(name);
    }
  }
  migrations.sort();
  const schedules = schedulesOf(migrations.map((version) => texts.get(version) ?? ""));
  return { migrations, functions: functions.sort(), schedules };
}

async function isFile(url: URL): Promise<boolean> {
  return await Deno.stat(url).then(({ isFile }) => isFile, () => false);
}

function schedulesOf(texts: readonly string[]): string[] {
  const names = new Set<string>();
  for (const [, verb, name = ""] of texts.join("\n").matchAll(/cron\.(un)?schedule\(\s*'(\w+)'/g)) {
    if (verb === undefined) names.add(name);
    else names.delete(name);
  }
  return [...names];
}
