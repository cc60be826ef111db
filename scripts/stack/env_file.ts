/** `.stack/env`: tells other programs where the stack is. The one started last is the one found. */
import { join } from "@std/path";
import { PROJECT_ROOT } from "./supabase_cli.ts";

/**
 * The folder of what a stack leaves for others, ignored by git: `.stack` of this checkout, or the one
 * of `PIXELPOP_STACK_FOLDER`, so that a test's stack is not found by anybody else's demo.
 */
export const STACK_FOLDER = Deno.env.get("PIXELPOP_STACK_FOLDER") ?? join(PROJECT_ROOT, ".stack");

/** A written file. */
export interface EnvFile {
  /** `.stack/env.<port>`, this stack's own. */
  readonly path: string;
  /** Removes it; `.stack/env` then tells of another stack that still runs, or is gone. */
  remove(): Promise<void>;
}

/**
 * Writes `.stack/env.<port>` and `.stack/env`, readable by this user alone: they hold secrets.
 *
 * @param variables Names and values; one that is `undefined` is left out.
 */
export async function writeEnvFile(
  port: number,
  variables: Record<string, string | undefined>,
  { folder = STACK_FOLDER }: { folder?: string } = {},
): Promise<EnvFile> {
  const [path, common] = [join(folder, `env.${port}`), join(folder, "env")];
  const lines = Object.entries(variables)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${value}\n`);
  await Deno.mkdir(folder, { recursive: true });
  await replace(path, lines.join(""));
  await replace(common, lines.join(""));
  return {
    path,
    async remove() {
      await removeIfThere(path);
      if (await readIfThere(common) !== lines.join("")) return;
      const other = await findOther(folder);
      if (other === undefined) await removeIfThere(common);
      else await replace(common, other);
    },
  };
}

/** The variables of the stack that was started last, or `undefined` when none runs. */
export async function readEnvFile(
  folder = STACK_FOLDER,
): Promise<Record<string, string> | undefined> {
  const text = await readIfThere(join(folder, "env"));
  if (text === undefined) return undefined;
  const pairs = text.split("\n").filter((line) => line.includes("="));
  return Object.fromEntries(pairs.map((line) => {
    const at = line.indexOf("=");
    return [line.slice(0, at), line.slice(at + 1)];
  }));
}

/** Where the variables of the stack that was started last are. */
export const ENV_PATH = join(STACK_FOLDER, "env");

// By rename, so that nobody reads half a file.
async function replace(path: string, text: string): Promise<void> {
  const draft = `${path}.${Deno.pid}.draft`;
  await Deno.writeTextFile(draft, text, { mode: 0o600 });
  await Deno.rename(draft, path);
}

async function findOther(folder: string): Promise<string | undefined> {
  for await (const { name } of Deno.readDir(folder)) {
    if (/^env\.\d+$/.test(name)) return await readIfThere(join(folder, name));
  }
  return undefined;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function removeIfThere(path: string): Promise<void> {
  await Deno.remove(path).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}
