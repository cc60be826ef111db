/**
 * Hosts the Edge Functions: one Deno process a function, with the function's own deno.json, in place of
 * Supabase's edge-runtime. Started when first asked for, and again after it has died.
 *
 * Left out: several isolates of one function, and what `edge_runtime.ts` leaves out.
 */
import { join } from "@std/path";
import { PROJECT_ROOT } from "./supabase_cli.ts";
import { FunctionProcess } from "./function_process.ts";

/** How functions are hosted. */
export interface FunctionsOptions {
  /** Folders below `supabase/functions`. */
  names: readonly string[];
  /** The environment of every function; nothing of ours leaks into it. */
  env: Readonly<Record<string, string>>;
  /** Told of every new process. */
  onSpawn?: (name: string, pid: number) => void;
  /** Takes the lines the functions print, each beginning with the function's name. */
  onLog?: (line: string) => void;
  /** @default `supabase/functions` of this checkout */
  root?: string;
}

/** The hosted functions. */
export interface Functions {
  readonly names: readonly string[];
  /** Hands a request on; its path begins with the function's name, as on the hosted platform. */
  fetch(name: string, request: Request): Promise<Response>;
  /** Starts every function and waits until each accepts requests. */
  warm(): Promise<void>;
  /** SIGKILL. The next request starts it again. */
  kill(name: string): Promise<void>;
  /** Ends it in order, by `beforeunload`. The next request starts it again. */
  shutdown(name: string): Promise<void>;
  /** Process number, `undefined` while it does not run. */
  pid(name: string): number | undefined;
  /** Ends all in order. */
  close(): Promise<void>;
}

/** Prepares the functions; no process is started yet. */
export function startFunctions(options: FunctionsOptions): Functions {
  const root = options.root ?? join(PROJECT_ROOT, "supabase", "functions");
  const processes = new Map<string, FunctionProcess>();
  let isClosed = false;

  function processOf(name: string): FunctionProcess {
    if (!options.names.includes(name)) throw new Error(`No function is named "${name}"`);
    const known = processes.get(name);
    if (known?.isAlive) return known;
    if (isClosed) throw new Error("The functions are stopped");
    const started = new FunctionProcess({
      name,
      folder: join(root, name),
      env: options.env,
      onLog: options.onLog ?? (() => {}),
    });
    processes.set(name, started);
    options.onSpawn?.(name, started.pid);
    return started;
  }

  return {
    names: options.names,
    fetch: (name, request) => processOf(name).fetch(request),
    async warm() {
      await Promise.all(options.names.map((name) => processOf(name).ready));
    },
    async kill(name) {
      await processes.get(name)?.end("SIGKILL");
    },
    async shutdown(name) {
      await processes.get(name)?.end("SIGTERM");
    },
    pid(name) {
      const known = processes.get(name);
      return known?.isAlive ? known.pid : undefined;
    },
    async close() {
      isClosed = true;
      await Promise.all([...processes.values()].map((process) => process.end("SIGTERM")));
    },
  };
}
