/**
 * Checks what the root's own type check cannot see of each Edge Function: it is deployed with its own
 * deno.json, which must pin the root's versions, and with its own entry in config.toml.
 *
 * Run: `deno run -A scripts/check_functions.ts [function...]`; exit 1 lists every problem.
 */
import { parse as parseToml } from "@std/toml";

/** The part of a deno.json that is compared. */
interface DenoConfig {
  imports?: Record<string, string>;
  compilerOptions?: Record<string, unknown>;
  lint?: Record<string, unknown>;
  fmt?: { lineWidth?: number };
  lock?: unknown;
}

/** A function's entry of config.toml. */
interface FunctionEntry {
  "verify_jwt"?: unknown;
  entrypoint?: unknown;
  "import_map"?: unknown;
}

/** What the checks of one function read. */
export interface FunctionFacts {
  name: string;
  config: DenoConfig;
  root: DenoConfig;
  entry: FunctionEntry | undefined;
  /** Specifiers its modules import, as written, without relative ones. */
  packages: readonly string[];
  /** Paths of its modules, relative to `supabase/functions`. */
  modules: readonly string[];
  indexLines: number;
}

const MAX_INDEX_LINES = 25;
const EXACT = /^npm:(?:@[\w.-]+\/)?[\w.-]+@\d+\.\d+\.\d+(?:-[\w.]+)?(?:\/[\w./-]+)?$/;

/** Says what is wrong with a function; nothing when it is as it should be. */
export function findProblems(facts: FunctionFacts): string[] {
  return [
    ...importProblems(facts),
    ...configProblems(facts),
    ...moduleProblems(facts),
  ].map((problem) => `${facts.name}: ${problem}`);
}

function importProblems({ config, root, packages }: FunctionFacts): string[] {
  const problems: string[] = [];
  for (const [name, version] of Object.entries(config.imports ?? {})) {
    const wanted = root.imports?.[name];
    if (!EXACT.test(version)) problems.push(`"${name}" is "${version}", wanted an exact version`);
    if (version !== wanted) problems.push(`"${name}" is "${version}", the root has "${wanted}"`);
    if (!packages.includes(name)) problems.push(`"${name}" is in deno.json but never imported`);
  }
  for (const name of packages) {
    if (!(name in (config.imports ?? {}))) {
      problems.push(`"${name}" is imported but not in deno.json`);
    }
  }
  return problems;
}

function configProblems({ name, config, root, entry }: FunctionFacts): string[] {
  const problems: string[] = [];
  // `deno fmt` and `deno lint` take a folder's own deno.json when they are given that folder.
  for (const part of ["compilerOptions", "lint"] as const) {
    if (JSON.stringify(config[part]) === JSON.stringify(root[part])) continue;
    problems.push(`"${part}" differs from the root's`);
  }
  if (config.fmt?.lineWidth !== root.fmt?.lineWidth) {
    problems.push(`fmt.lineWidth is ${config.fmt?.lineWidth}, the root has ${root.fmt?.lineWidth}`);
  }
  // The hosted bundler is older than this lock file's format; versions are exact all the same.
  if (config.lock !== false) problems.push('"lock" is not false');
  const wanted = {
    "verify_jwt": false,
    entrypoint: `./functions/${name}/index.ts`,
    "import_map": `./functions/${name}/deno.json`,
  };
  for (const [key, value] of Object.entries(wanted)) {
    const current = entry?.[key as keyof FunctionEntry];
    if (current === value) continue;
    const [shown, expected] = [JSON.stringify(current), JSON.stringify(value)];
    problems.push(`config.toml [functions.${name}] ${key} is ${shown}, wanted ${expected}`);
  }
  return problems;
}

function moduleProblems({ name, modules, indexLines }: FunctionFacts): string[] {
  const problems = modules
    .filter((path) => !path.startsWith(`${name}/`) && !path.startsWith("_shared/"))
    .map((path) => `it imports ${path}, wanted only its own folder and _shared`);
  if (indexLines > MAX_INDEX_LINES) {
    problems.push(`index.ts has ${indexLines} lines, wanted at most ${MAX_INDEX_LINES}`);
  }
  return problems;
}

/** The names of the functions under `directory`: folders with an index.ts. */
export async function listFunctions(directory: URL): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(directory)) {
    if (!entry.isDirectory) continue;
    const index = new URL(`${entry.name}/index.ts`, directory);
    if (await Deno.stat(index).then((stat) => stat.isFile, () => false)) names.push(entry.name);
  }
  return names.sort();
}

interface ModuleGraph {
  modules: { specifier: string; error?: string; dependencies?: { specifier: string }[] }[];
}

/** Reads everything `findProblems` looks at from the project at `root`. */
export async function readFacts(name: string, root: URL): Promise<FunctionFacts> {
  const functions = new URL("supabase/functions/", root);
  const index = new URL(`${name}/index.ts`, functions);
  const config = new URL(`${name}/deno.json`, functions);
  const graph = await readGraph({ config, index });
  const own = graph.modules.filter(({ specifier }) => specifier.startsWith(functions.href));
  const imported = own.flatMap((module) => module.dependencies ?? []);
  const toml = parseToml(await Deno.readTextFile(new URL("supabase/config.toml", root)));
  return {
    name,
    config: JSON.parse(await Deno.readTextFile(config)),
    root: JSON.parse(await Deno.readTextFile(new URL("deno.json", root))),
    entry: toml.functions?.[name],
    packages: [...new Set(imported.map(({ specifier }) => specifier))]
      .filter((specifier) => !/^(?:\.{1,2}\/|node:)/.test(specifier)),
    modules: graph.modules
      .filter(({ specifier }) => specifier.startsWith("file:"))
      .map(({ specifier }) => specifier.replace(functions.href, "")),
    indexLines: (await Deno.readTextFile(index)).trimEnd().split("\n").length,
  };
}

async function readGraph(paths: { config: URL; index: URL }): Promise<ModuleGraph> {
  const { stdout } = await runDeno(["info", "--json"], paths);
  return JSON.parse(stdout);
}

async function runDeno(
  command: string[],
  { config, index }: { config: URL; index: URL },
): Promise<{ success: boolean; stdout: string; stderr: string }> {
  const output = await new Deno.Command(Deno.execPath(), {
    args: [...command, "--config", config.pathname, index.pathname],
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  return {
    success: output.success,
    stdout: decoder.decode(output.stdout),
    stderr: decoder.decode(output.stderr),
  };
}

/** Type-checks a function by its own deno.json, as it is deployed; the compiler's words if it fails. */
export async function typeCheck(name: string, root: URL): Promise<string[]> {
  const directory = new URL(`supabase/functions/${name}/`, root);
  const { success, stderr } = await runDeno(["check"], {
    config: new URL("deno.json", directory),
    index: new URL("index.ts", directory),
  });
  return success ? [] : [`${name}: type check failed\n${stderr.trimEnd()}`];
}

async function main(): Promise<void> {
  const root = new URL("../", import.meta.url);
  const functions = new URL("supabase/functions/", root);
  const names = Deno.args.length > 0 ? Deno.args : await listFunctions(functions);
  const problems: string[] = [];
  for (const name of names) {
    problems.push(...findProblems(await readFacts(name, root)), ...await typeCheck(name, root));
  }
  if (names.length === 0) problems.push(`No function found in ${functions.pathname}`);
  const report = problems.length > 0 ? problems : [`${names.length} functions checked`];
  await Deno.stdout.write(new TextEncoder().encode(`${report.join("\n")}\n`));
  if (problems.length > 0) Deno.exit(1);
}

if (import.meta.main) await main();
