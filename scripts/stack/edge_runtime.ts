/**
 * Loaded before a function: what Supabase's edge-runtime adds to Deno.
 *
 * `EdgeRuntime.waitUntil`, and the `beforeunload` event before the isolate ends: here when the process
 * is told to stop (SIGTERM), after which background work has a few seconds left.
 *
 * Left out: the limits on memory, CPU time and wall clock, several isolates of one function at a time,
 * `Supabase.ai`, and the reason in the event's detail.
 */

/** How long background work may go on after `beforeunload`, in milliseconds. */
const GRACE_MS = 5_000;

const background = new Set<Promise<unknown>>();

Object.defineProperty(globalThis, "EdgeRuntime", {
  value: {
    /** Keeps the isolate alive until the promise settles. */
    waitUntil(promise: Promise<unknown>): void {
      const kept = Promise.resolve(promise).catch((error) => {
        // deno-lint-ignore no-console -- as the platform does
        console.error("Background work failed", error);
      }).finally(() => background.delete(kept));
      background.add(kept);
    },
  },
});

let ending = false;

async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  globalThis.dispatchEvent(new Event("beforeunload"));
  const grace = setTimeout(() => Deno.exit(0), GRACE_MS);
  // Work may begin more work.
  while (background.size > 0) await Promise.allSettled(background);
  clearTimeout(grace);
  Deno.exit(0);
}

for (const signal of ["SIGTERM", "SIGINT"] as const) Deno.addSignalListener(signal, end);
