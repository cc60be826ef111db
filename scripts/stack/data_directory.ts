/** A Postgres data directory: made once, checked and freed of a crashed server's lock at each start. */
import { join } from "@std/path";
import { type Account, commandAs, giveFolder, isHiddenFrom } from "./postgres_account.ts";

const MAJOR_VERSION = "17";

/** With which programs, and for whom, a data directory is made. */
export interface DataDirectoryOptions {
  initdb: string;
  account: Account | undefined;
  /**
   * How long a server that is being stopped may still hold the directory, in milliseconds.
   * @default {5000}
   */
  releaseTimeout?: number;
}

/**
 * Makes `path` a data directory Postgres can start in, creating or adopting it.
 *
 * @throws {Error} When the folder holds something else, is of another major version, or is in use.
 */
export async function openDataDirectory(
  path: string,
  options: DataDirectoryOptions,
): Promise<void> {
  const content = await listFolder(path);
  if (content.length === 0) return await createDataDirectory(path, options);
  if (!content.includes("PG_VERSION")) {
    throw new Error(
      `Cannot keep data in "${path}": the folder is neither empty nor a Postgres data directory`,
    );
  }
  const version = (await Deno.readTextFile(join(path, "PG_VERSION"))).trim();
  if (version !== MAJOR_VERSION) {
    throw new Error(
      `Cannot open "${path}": it is of PostgreSQL ${version}, this is ${MAJOR_VERSION}`,
    );
  }
  await removeStaleLock(path, options.releaseTimeout ?? 5_000);
  await giveFolder(options.account, path);
}

async function listFolder(path: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(path))).map((entry) => entry.name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/**
 * The name by which a process of `account`, started with `path` as its working directory, reaches it.
 *
 * The working directory is entered while still root; by this name Postgres reaches it even below a
 * folder its account may not enter, such as root's home.
 */
export async function locateDataDirectory(
  path: string,
  account: Account | undefined,
): Promise<string> {
  return await isHiddenFrom(account, path) ? "/proc/self/cwd" : await Deno.realPath(path);
}

/** Runs initdb beside `path` and renames, so that an interrupted run leaves nothing half-made. */
async function createDataDirectory(path: string, options: DataDirectoryOptions): Promise<void> {
  const draft = `${path}.new`;
  await Deno.remove(draft, { recursive: true }).catch(() => undefined);
  await Deno.mkdir(draft, { recursive: true, mode: 0o700 });
  await giveFolder(options.account, draft);
  const location = await locateDataDirectory(draft, options.account);
  const [command = "", ...args] = commandAs(options.account, [
    options.initdb,
    ...["--username=supabase_admin", "--auth=trust", "--encoding=UTF8"],
    ...["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"],
    ...["--no-sync", "--no-instructions", `--pgdata=${location}`],
  ]);
  const { success, stderr } = await new Deno.Command(command, {
    args,
    cwd: draft,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) {
    await Deno.remove(draft, { recursive: true });
    const reason = new TextDecoder().decode(stderr).trim();
    throw new Error(`Cannot create the data directory "${path}": ${reason}`);
  }
  await Deno.rename(draft, path);
}

/**
 * Removes the lock file of a server that is gone.
 *
 * Postgres itself trusts the process number in the file, which after a crash may be anybody's. We
 * ask instead whether any process works in the directory, as every Postgres process does.
 */
async function removeStaleLock(path: string, releaseTimeout: number): Promise<void> {
  const lock = join(path, "postmaster.pid");
  const started = Date.now();
  while ((await listFolder(path)).includes("postmaster.pid")) {
    const users = await processesIn(path);
    // Without /proc the decision is left to Postgres.
    if (users === undefined) return;
    if (users.length === 0) {
      await Deno.remove(lock).catch(() => undefined);
    } else if (Date.now() - started > releaseTimeout) {
      throw new Error(`Cannot open "${path}": process ${users[0]} is still using it`);
    } else {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** The processes whose working directory is `path`; `undefined` where /proc cannot tell. */
async function processesIn(path: string): Promise<string[] | undefined> {
  const folder = await Deno.realPath(path);
  const found: string[] = [];
  try {
    for await (const { name } of Deno.readDir("/proc")) {
      if (!/^\d+$/.test(name)) continue;
      const cwd = await Deno.readLink(`/proc/${name}/cwd`).catch(() => undefined);
      if (cwd === folder) found.push(name);
    }
  } catch {
    return undefined;
  }
  return found;
}
