/**
 * Notices that the launching process has ended.
 *
 * `npx deno task start` is npm → `sh -c` → Node → `deno task` → us, and not every link hands a signal
 * on: killing the first leaves the last running. So the links are looked at now and then.
 */
import { basename } from "@std/path";
import { type ProcessEntry, readProcess } from "./process_table.ts";

const INTERVAL = 500;

/**
 * Calls `callback` once, when any of the launchers between us and the user's shell has ended.
 *
 * @returns Stops watching. Nothing is ever watched where there is no /proc.
 */
export function onLauncherGone(callback: () => void): () => void {
  const launchers = findLaunchers(Deno.pid);
  if (launchers.length === 0) return () => {};
  const timer = setInterval(() => {
    if (launchers.every(({ pid, started }) => readProcess(pid)?.started === started)) return;
    clearInterval(timer);
    callback();
  }, INTERVAL);
  Deno.unrefTimer(timer);
  return () => clearInterval(timer);
}

/**
 * Lists the ancestors of a process that are launchers, nearest first, up to the first that is none.
 *
 * A shell is one only as npm's: the user's own `sh -c 'deno task start &'` is meant to end before us.
 */
export function findLaunchers(
  pid: number,
  read: (pid: number) => ProcessEntry | undefined = readProcess,
): ProcessEntry[] {
  const launchers: ProcessEntry[] = [];
  let entry = read(pid);
  while (entry !== undefined) {
    entry = read(entry.parent);
    if (entry === undefined || entry.pid <= 1) break;
    if (!isLauncher(entry, read)) break;
    launchers.push(entry);
  }
  return launchers;
}

function isLauncher(
  entry: ProcessEntry,
  read: (pid: number) => ProcessEntry | undefined,
): boolean {
  const [program = "", ...args] = entry.command;
  const name = basename(program);
  if (isNpm(entry) || name === "deno") return true;
  // The npm package `deno` starts the binary from a Node script.
  if (name === "node") return /(^|\/)deno(\/|$)/.test(args[0] ?? "");
  if (!["sh", "dash", "bash"].includes(name) || args[0] !== "-c") return false;
  const parent = read(entry.parent);
  return parent !== undefined && isNpm(parent);
}

/** npm and npx give themselves a title such as "npm exec deno task start". */
function isNpm({ command: [program = "", script = ""] }: ProcessEntry): boolean {
  return /^(npm|npx)( |$)/.test(program) || /(^|\/)(npm|npx)(-cli\.js)?$/.test(script);
}
