/** What the checkout holds that a deployment should have: migrations and functions. */

/** Names, in order. */
export interface Sources {
  /** `YYYYMMDDHHMMSS` of each file of supabase/migrations. */
  migrations: string[];
  /** Folders of supabase/functions with an index.ts. */
  functions: string[];
}

/** Reads them. */
export async function findSources(
  root: URL = new URL("../../supabase/", import.meta.url),
): Promise<Sources> {
  const migrations: string[] = [];
  for await (const { name } of Deno.readDir(new URL("migrations/", root))) {
    const version = /^(\d+)_.*\.sql$/.exec(name)?.[1];
    if (version !== undefined) migrations.push(version);
  }
  const functions: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL("functions/", root))) {
    if (isDirectory && await isFile(new URL(`functions/${name}/index.ts`, root))) {
      functions.push(name);
    }
  }
  return { migrations: migrations.sort(), functions: functions.sort() };
}

async function isFile(url: URL): Promise<boolean> {
  return await Deno.stat(url).then(({ isFile }) => isFile, () => false);
}
