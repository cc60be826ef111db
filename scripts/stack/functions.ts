/**
 * Hosts the Edge Functions: one Deno process a function, with the function's own deno.json, in place of
 * Supabase's edge-runtime. Started when first asked for, and again after it has ended.
 *
 * Left out: several isolates of one function, and what `edge_runtime.ts` leaves out.
 */
import { join } from "@std/path";
import { forwardRequest } from "./forwarded_request.ts";
import { FunctionBootError, FunctionProcess } from "./function_process.ts";
import { PROJECT_ROOT } from "./supabase_cli.ts";

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
  /**
   * Hands on a request for `/functions/v1/<name>/…`, once at most. Waits for a function that is being started. One
   * that does not start answers 503, one that ends meanwhile 502.
   *
   * @param clientAddress Who is asking, for `x-forwarded-for`. @default {"127.0.0.1"}
   * @throws {Error} When there is no such function.
   */
  fetch(name: string, request: Request, clientAddress?: string): Promise<Response>;
  /** Starts every function and waits until each accepts requests. */
  warm(): Promise<void>;
  /** SIGKILL. The next request starts it again. */
  kill(name: string): Promise<void>;
  /** Ends it in order, by `beforeunload`. Requests from now on start it again beside its end. */
  shutdown(name: string): Promise<void>;
  /** Process number, `undefined` while it does not run. */
  pid(name: string): number | undefined;
  /** Ends all in order. */
  close(): Promise<void>;
}

/** Prepares the functions; no process is started yet. */
export function startFunctions(options: FunctionsOptions): Functions {
  const root = options.root ?? join(PROJECT_ROOT, "supabase", "functions");
  const current = new Map<string, FunctionProcess>();
  const ending = new Set<Promise<void>>();
  let isClosed = false;

  function processOf(name: string): FunctionProcess {
    const known = current.get(name);
    if (known?.takesRequests) return known;
    if (isClosed) throw new FunctionBootError("The functions are stopped");
    const { env, onLog = () => {} } = options;
    const started = new FunctionProcess({ name, folder: join(root, name), env, onLog });
    current.set(name, started);
    options.onSpawn?.(name, started.pid);
    return started;
  }

  async function end(name: string, signal: Deno.Signal): Promise<void> {
    const ended = current.get(name)?.end(signal);
    if (ended === undefined) return;
    ending.add(ended);
    await ended.finally(() => ending.delete(ended));
  }

  return {
    names: options.names,
    async fetch(name, request, clientAddress = "127.0.0.1") {
      if (!options.names.includes(name)) throw new Error(`No function is named "${name}"`);
      try {
        return await processOf(name).fetch(forwardRequest(request, clientAddress));
      } catch (error) {
        options.onLog?.(`${name} | ${error instanceof Error ? error.message : String(error)}`);
        return unanswered(error);
      }
    },
    async warm() {
      await Promise.all(options.names.map((name) => processOf(name).ready()));
    },
    kill: (name) => end(name, "SIGKILL"),
    shutdown: (name) => end(name, "SIGTERM"),
    pid(name) {
      const known = current.get(name);
      return known?.isAlive ? known.pid : undefined;
    },
    async close() {
      isClosed = true;
      await Promise.all([...current.keys()].map((name) => end(name, "SIGTERM")));
      await Promise.all(ending);
    },
  };
}

/** The platform's answer in place of a function's; its codes are BOOT_ERROR and WORKER_ERROR. */
function unanswered(error: unknown): Response {
  if (error instanceof FunctionBootError) {
    const message = "Function failed to start (please check logs)";
    return Response.json({ code: "BOOT_ERROR", message }, { status: 503 });
  }
  const message = "Function exited due to an error (please check logs)";
  return Response.json({ code: "WORKER_ERROR", message }, { status: 502 });
}
