/** `cold_start`: from the start of a function's process to its first answer, beside another revision's. */
import { join } from "@std/path";
import { FunctionProcess } from "../../stack/function_process.ts";
import { PROJECT_ROOT } from "../../stack/supabase_cli.ts";
import { median } from "../statistics.ts";
import type { Bench, Figure, Scenario } from "./scenario.ts";

/**
 * Starts each function as the stack does, again and again, in turn with the same function of the revision
 * in `BENCH_AGAINST` (a commit; without it this tree alone is measured), and asks it one thing that it
 * refuses: all of its modules have been loaded by then.
 */
export const coldStart: Scenario = {
  name: "cold_start",
  about: "first answer of a fresh process of each function; BENCH_AGAINST=<commit> beside it",
  run,
};

/** A request that each function refuses without asking anybody. */
const PROBES: Readonly<Record<string, { method: string; path: string; status: number }>> = {
  auth: { method: "POST", path: "/auth/login", status: 400 },
  generation: { method: "GET", path: "/generation", status: 401 },
  worker: { method: "POST", path: "/worker", status: 401 },
};

async function run(bench: Bench): Promise<Figure[]> {
  const revision = Deno.env.get("BENCH_AGAINST");
  if (revision === undefined) return await measure(bench, [PROJECT_ROOT]);
  const folder = await Deno.makeTempDir({ prefix: "pixelpop-cold-start-" });
  const other = join(folder, "tree");
  try {
    await git(["worktree", "add", "--quiet", "--detach", other, revision]);
    return await measure(bench, [PROJECT_ROOT, other]);
  } finally {
    await git(["worktree", "remove", "--force", other]);
    await Deno.remove(folder, { recursive: true });
  }
}

async function measure(
  { stack, isQuick, say }: Bench,
  trees: readonly string[],
): Promise<Figure[]> {
  const rounds = isQuick ? 2 : 15;
  const figures: Figure[] = [];
  for (const name of Object.keys(PROBES)) {
    const samples = trees.map((): number[] => []);
    // The first round compiles the modules and fills Deno's cache.
    for (let round = 0; round <= rounds; round++) {
      say(`${name}: ${round} of ${rounds}`);
      for (const [index, tree] of trees.entries()) {
        const took = await startOnce({ name, tree, variables: stack.variables });
        if (round > 0) samples[index]?.push(took);
      }
    }
    const [own = NaN, against] = samples.map(median);
    figures.push({ name: `${name}: first answer, median`, value: own, unit: "ms" });
    if (against === undefined) continue;
    figures.push({ name: `${name}: the other revision's`, value: against, unit: "ms" });
    figures.push({
      name: `${name}: ratio`,
      value: own / against,
      unit: "",
      wanted: { atMost: 1.1 },
    });
  }
  return figures;
}

/** Milliseconds until the first answer of a fresh process. */
async function startOnce(
  { name, tree, variables }: {
    name: string;
    tree: string;
    variables: Readonly<Record<string, string>>;
  },
): Promise<number> {
  const { method, path, status } = PROBES[name] ?? { method: "GET", path: "/", status: 404 };
  const log: string[] = [];
  const startedAt = performance.now();
  const process = new FunctionProcess({
    name,
    folder: join(tree, "supabase/functions", name),
    env: variables,
    onLog: (line) => log.push(line),
  });
  try {
    const response = await process.fetch({ method, path, headers: [], body: null });
    await response.body?.cancel();
    const took = performance.now() - startedAt;
    if (response.status === status) return took;
    throw new Error(`${name} answered ${response.status}, wanted ${status}: ${log.join("\n")}`);
  } finally {
    await process.end("SIGTERM");
  }
}

async function git(args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("git", { args, cwd: PROJECT_ROOT }).output();
  if (!success) throw new Error(`git ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}
