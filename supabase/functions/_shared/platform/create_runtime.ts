/** The runtime of a deployed function: Deno, with what Supabase's edge-runtime adds to it. */
import { createLogger, writeToConsole } from "../observability/log.ts";
import type { Runtime } from "./runtime.ts";

/** The part of Supabase's `EdgeRuntime` global that is used; absent under plain Deno. */
interface EdgeRuntimeGlobal {
  EdgeRuntime?: { waitUntil(promise: Promise<unknown>): void };
}

/** The runtime of a deployed function: Deno, with Supabase's `EdgeRuntime` when there is one. */
export function createRuntime(): Runtime {
  const waitUntil = (promise: Promise<unknown>): void => {
    const logged = promise.catch((error) => {
      createLogger(runtime).error("background_failed", { error });
    });
    (globalThis as EdgeRuntimeGlobal).EdgeRuntime?.waitUntil(logged);
  };
  const runtime: Runtime = {
    env: (name) => Deno.env.get(name),
    now: () => Date.now(),
    // Looked up at each call, so that instrumentation installed later is used too.
    fetch: (input, init) => globalThis.fetch(input, init),
    waitUntil,
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    onShutdown(listener) {
      addEventListener("beforeunload", () => waitUntil((async () => await listener())()));
    },
    sleep,
    serve(handler) {
      Deno.serve((request) => handler(request));
    },
    writeLog: writeToConsole,
  };
  return runtime;
}

function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
