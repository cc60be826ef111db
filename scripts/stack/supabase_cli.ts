/**
 * Runs the real Supabase CLI, in the version the import map names, without prompts or Docker.
 *
 * The map names it in a scope: Deno resolves every package of `imports` for a task, on all platforms,
 * and npm may lack the CLI's binaries for some.
 */
import { dirname, join } from "@std/path";
import denoConfig from "../../deno.json" with { type: "json" };
import { openCacheFolder } from "./cache_folder.ts";

/** How a command of the CLI ended. */
export interface CliResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** The checkout's root, which holds `supabase/`. */
export const PROJECT_ROOT = dirname(dirname(import.meta.dirname ?? "."));

const QUIET = {
  SUPABASE_TELEMETRY_DISABLED: "1",
  DO_NOT_TRACK: "1",
  SUPABASE_NO_UPDATE_NOTIFIER: "1",
  SUPABASE_NO_KEYRING: "1",
  // Embedded Postgres speaks no TLS; without this the CLI tries, and warns.
  PGSSLMODE: "disable",
};

/**
 * Runs the CLI with `args`, such as `["gen", "types", "--lang", "typescript", "--remote=<url>"]`.
 *
 * @param options.workdir The folder that holds `supabase/`. Default: this checkout.
 * @param options.env Set for this command, such as `PGSSLMODE` for a database beyond this machine.
 * @throws {Error} When the CLI cannot be fetched; a failing command is told by `code`.
 */
export async function runSupabaseCli(
  args: string[],
  options: { workdir?: string; env?: Readonly<Record<string, string>> } = {},
): Promise<CliResult> {
  const workdir = options.workdir ?? PROJECT_ROOT;
  const flags = ["--yes", "--agent=no", `--workdir=${workdir}`];
  return await run(await findCli(), [...args, ...flags], options.env);
}

let found: Promise<string> | undefined;

/** The CLI's path; npx, which needs seconds, is asked once a version and machine. */
function findCli(): Promise<string> {
  found ??= readOrResolve().catch((error) => {
    found = undefined;
    throw error;
  });
  return found;
}

async function readOrResolve(): Promise<string> {
  const specifier = denoConfig.scopes["./scripts/stack/"].supabase.replace(/^npm:/, "");
  const note = join(await openCacheFolder(), `${specifier.replace("@", "-")}.path`);
  const known = await Deno.readTextFile(note).catch(() => "");
  if (known !== "" && await isFile(known)) return known;
  const asked = ["--yes", `--package=${specifier}`, "--call", "command -v supabase"];
  const { code, stdout, stderr } = await run("npx", asked);
  const path = stdout.trim().split("\n").at(-1) ?? "";
  if (code !== 0 || !path.startsWith("/")) {
    throw new Error(`Cannot fetch "${specifier}" by npx (exit code ${code}): ${stderr.trim()}`);
  }
  const draft = `${note}.${crypto.randomUUID()}`;
  await Deno.writeTextFile(draft, path);
  await Deno.rename(draft, note);
  return path;
}

async function isFile(path: string): Promise<boolean> {
  return await Deno.stat(path).then((found) => found.isFile, () => false);
}

async function run(
  command: string,
  args: string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CliResult> {
  const process = new Deno.Command(command, {
    args,
    cwd: PROJECT_ROOT,
    env: { ...QUIET, ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  try {
    const { code, stdout, stderr } = await process.output();
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  } catch (cause) {
    throw new Error(`Cannot run "${command}": is Node.js installed?`, { cause });
  }
}
