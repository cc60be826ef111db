/**
 * Loaded before a function (`deno run --preload`): what Supabase's edge-runtime adds to Deno.
 *
 * `EdgeRuntime.waitUntil`; one address for `Deno.serve`, whatever the function asks for; and an end in order: told to
 * stop (SIGTERM), the isolate takes no new requests, fires `beforeunload` with its reason, and ends once the requests
 * and the background work it has are done, or after a few seconds. As on the platform, the promise of a
 * `beforeunload` listener is not waited for: it has to be given to `waitUntil`.
 *
 * `EDGE_RUNTIME_WALL_CLOCK_SECONDS` (not set: no limit) ends the isolate so long after its start, `beforeunload`
 * coming after nine tenths of it.
 *
 * Left out: limits on memory and CPU time, several isolates of one function, retirement at half of the wall clock,
 * `Supabase.ai`, and the blocklist of file APIs (Deno's permissions do that).
 */

/** How long requests and background work may go on after `beforeunload`, in milliseconds. */
const GRACE_MS = 5_000;
/** The part of the wall clock after which `beforeunload` is fired: edge-runtime's default. */
const BEFOREUNLOAD_RATIO = 0.9;

const background = new Set<Promise<unknown>>();
const servers = new Set<Deno.HttpServer>();
let isEnding = false;

/** Keeps the isolate alive until the promise settles; a rejection is logged and goes no further. */
function waitUntil<T>(promise: Promise<T>): Promise<T> {
  const kept = Promise.resolve(promise).then(() => {}, (error) => {
    // deno-lint-ignore no-console -- as the platform does
    console.error("Background work failed", error);
  }).finally(() => background.delete(kept));
  background.add(kept);
  return promise;
}

/** `Deno.serve` at DENO_SERVE_ADDRESS. The line it prints tells the stack which port that became. */
function serveHere(serve: typeof Deno.serve) {
  return (first: Deno.ServeHandler | Deno.ServeTcpOptions, second?: Deno.ServeHandler) => {
    const [given, handler] = typeof first === "function" ? [{}, first] : [first, second];
    const { port: _, hostname: __, ...options } = given as Deno.ServeTcpOptions & Deno.ServeInit;
    const server = serve(
      {
        ...options,
        ...(handler === undefined ? {} : { handler }),
        onListen: ({ port }: Deno.NetAddr) => {
          Deno.stdout.writeSync(new TextEncoder().encode(`edge-runtime listens on port ${port}\n`));
        },
      } as Deno.ServeTcpOptions & Deno.ServeInit<Deno.NetAddr>,
    );
    servers.add(server);
    return server;
  };
}

/** Ends the isolate. `reason` is one of edge-runtime's: termination, wall_clock, … */
async function end(reason: string, graceMs: number): Promise<void> {
  if (isEnding) return;
  isEnding = true;
  setTimeout(() => Deno.exit(0), graceMs);
  for (const server of servers) waitUntil(server.shutdown());
  const detail = { reason };
  globalThis.dispatchEvent(new CustomEvent("beforeunload", { cancelable: true, detail }));
  // Work may begin more work.
  while (background.size > 0) await Promise.all(background);
  Deno.exit(0);
}

Object.defineProperty(globalThis, "EdgeRuntime", { value: { waitUntil }, configurable: true });
Object.defineProperty(Deno, "serve", { value: serveHere(Deno.serve), configurable: true });
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.addSignalListener(signal, () => end("termination", GRACE_MS));
}
const wallClockMs = Number(Deno.env.get("EDGE_RUNTIME_WALL_CLOCK_SECONDS") ?? 0) * 1_000;
if (wallClockMs > 0) {
  const rest = wallClockMs * (1 - BEFOREUNLOAD_RATIO);
  const timer = setTimeout(() => end("wall_clock", rest), wallClockMs * BEFOREUNLOAD_RATIO);
  // Deno starts the function only when nothing of what is preloaded is left to wait for.
  Deno.unrefTimer(timer);
}
