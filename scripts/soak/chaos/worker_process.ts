/** The worker's process: what the platform may do to it beside killing it, the control door has no word for. */
import { readProcess } from "../../stack/process_table.ts";

/** Sends a signal to the worker this process hosts; false where none runs (or there is no /proc). */
export function signalWorker(signal: Deno.Signal): boolean {
  const pid = findWorker();
  if (pid === undefined) return false;
  Deno.kill(pid, signal);
  return true;
}

function findWorker(): number | undefined {
  try {
    for (const { name } of Deno.readDirSync("/proc")) {
      const entry = /^\d+$/.test(name) ? readProcess(Number(name)) : undefined;
      const isWorker = entry?.command.some((word) => word.endsWith("/functions/worker/index.ts"));
      if (entry !== undefined && isWorker && entry.parent === Deno.pid) return entry.pid;
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return undefined;
}
