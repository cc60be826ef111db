/** Who spent the processor: the stack's processes and this one, as /proc tells. Nothing where there is no /proc. */
import type { Figure } from "./scenario.ts";

/** The parts of a stack that have processes of their own. */
export type Part = "bench" | "stand-ins" | "postgres" | "redis" | "auth" | "generation" | "worker";

/** Milliseconds of processor time, by part. */
export type ProcessorTime = Partial<Record<Part, number>>;

/** Clock ticks a second: 100 on every Linux that Deno runs on. */
const TICKS = 100;

/** Reads what each part has spent since it started. */
export function readProcessorTime({ pid }: { pid: number }): ProcessorTime {
  const parents = new Map<number, number>();
  const spent = new Map<number, number>();
  for (const each of listProcesses()) {
    const stat = readText(`/proc/${each}/stat`);
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    parents.set(each, Number(fields[1]));
    spent.set(each, (Number(fields[11]) + Number(fields[12])) * 1000 / TICKS);
  }
  const total: ProcessorTime = {};
  for (const [each, milliseconds] of spent) {
    const part = each === Deno.pid ? "bench" : partOf(each, pid, parents);
    if (part !== undefined) total[part] = (total[part] ?? 0) + milliseconds;
  }
  return total;
}

/** What was spent between two readings. */
export function spentBetween(before: ProcessorTime, after: ProcessorTime): ProcessorTime {
  return Object.fromEntries(
    Object.entries(after).map(([part, time]) => [part, time - (before[part as Part] ?? 0)]),
  );
}

/** What each part spent on one of so many `times`, summed over several measurements. */
export function processorFigures(
  spent: readonly ProcessorTime[],
  { name, times }: { name: string; times: number },
): Figure[] {
  const totals = new Map<string, number>();
  for (const [part, milliseconds] of spent.flatMap(Object.entries<number>)) {
    totals.set(part, (totals.get(part) ?? 0) + milliseconds);
  }
  return [...totals].filter(([, total]) => total > 0).map(([part, total]) => ({
    name: `${name}, processor of ${part}`,
    value: total / times,
    unit: "ms",
  }));
}

function partOf(
  pid: number,
  stack: number,
  parents: ReadonlyMap<number, number>,
): Part | undefined {
  if (pid === stack) return "stand-ins";
  let ancestor: number | undefined = pid;
  while (ancestor !== undefined && ancestor !== stack) ancestor = parents.get(ancestor);
  if (ancestor === undefined) return undefined;
  const command = readText(`/proc/${pid}/cmdline`);
  const name = /functions\/(auth|generation|worker)\/index\.ts/.exec(command)?.[1];
  if (name !== undefined) return name as Part;
  if (command.includes("postgres")) return "postgres";
  return command.includes("redis-server") ? "redis" : undefined;
}

function listProcesses(): number[] {
  try {
    return [...Deno.readDirSync("/proc")].map(({ name }) => Number(name)).filter(Number.isInteger);
  } catch {
    return [];
  }
}

function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}
