/** The system account Postgres runs as: our own, except for root, which Postgres refuses. */

/** An account of this machine that root can hand a process over to. */
export interface Account {
  name: string;
  uid: number;
  gid: number;
}

/** Accounts of /etc/passwd to borrow, best first: `nobody` exists on every Linux. */
const BORROWED = ["postgres", "nobody"];

/**
 * Finds the account Postgres has to run as; creates none.
 *
 * @returns `undefined` when this process is not root and Postgres may run as ourselves.
 * @throws {Error} For root on a machine with none of the accounts, or without `setpriv`.
 */
export async function findPostgresAccount(): Promise<Account | undefined> {
  if (Deno.uid() !== 0) return undefined;
  await requireSetpriv();
  const entries = (await Deno.readTextFile("/etc/passwd")).split("\n").map((line) =>
    line.split(":")
  );
  for (const name of BORROWED) {
    const entry = entries.find((fields) => fields[0] === name);
    const [uid, gid] = [Number(entry?.[2]), Number(entry?.[3])];
    if (entry !== undefined && uid > 0) return { name, uid, gid };
  }
  throw new Error(
    `Cannot run Postgres as root: none of the accounts ${BORROWED.join(", ")} is in /etc/passwd`,
  );
}

async function requireSetpriv(): Promise<void> {
  try {
    await new Deno.Command("setpriv", { args: ["--version"], stdout: "null", stderr: "null" })
      .output();
  } catch (cause) {
    throw new Error(
      "Cannot run Postgres as root: 'setpriv' (package util-linux) is missing; start as a normal user",
      { cause },
    );
  }
}

/** The command line that runs `command` as `account`; unchanged without one. */
export function commandAs(account: Account | undefined, command: string[]): string[] {
  if (account === undefined) return command;
  const { uid, gid } = account;
  return ["setpriv", `--reuid=${uid}`, `--regid=${gid}`, "--clear-groups", ...command];
}

/** Gives a folder and all it holds to `account`; nothing to do without one or when it is theirs. */
export async function giveFolder(account: Account | undefined, path: string): Promise<void> {
  if (account === undefined || (await Deno.lstat(path)).uid === account.uid) return;
  for await (const entry of Deno.readDir(path)) {
    const child = `${path}/${entry.name}`;
    if (entry.isDirectory) await giveFolder(account, child);
    else if (!entry.isSymlink) await Deno.chown(child, account.uid, account.gid);
  }
  // Last, so that an interrupted hand-over is taken up again at the next start.
  await Deno.chown(path, account.uid, account.gid);
}

/** Whether a folder on the way to `path` keeps `account` out, as a 0700 home does. */
export async function isHiddenFrom(account: Account | undefined, path: string): Promise<boolean> {
  if (account === undefined) return false;
  let folder = await Deno.realPath(path);
  while (folder !== "/") {
    folder = folder.slice(0, folder.lastIndexOf("/")) || "/";
    const { mode, uid } = await Deno.stat(folder);
    const execute = uid === account.uid ? 0o100 : 0o001;
    if (((mode ?? 0) & execute) === 0) return true;
  }
  return false;
}
