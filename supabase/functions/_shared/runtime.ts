/** The seam between the functions and the platform they run on: everything impure passes here. */
import { createLogger, type LogLevel, writeToConsole } from "./log.ts";

/** What a function may ask of its platform. Tests pass a fake; `createRuntime()` gives the real one. */
export interface Runtime {
  /** The value of an environment variable, `undefined` when it is not set. */
  env(name: string): string | undefined;
  /** Milliseconds since the epoch. */
  now(): number;
  /** The fetch every outgoing request uses. */
  fetch: typeof fetch;
  /** Keeps the isolate alive until `promise` settles. A rejection is logged, not thrown. */
  waitUntil(promise: Promise<unknown>): void;
  /** `length` bytes from the platform's cryptographic generator. */
  randomBytes(length: number): Uint8Array<ArrayBuffer>;
  /** Calls `listener` once the platform is about to end the isolate, and waits for its promise. */
  onShutdown(listener: () => void | Promise<void>): void;
  /**
   * Waits `milliseconds`.
   *
   * @throws The reason of `signal`, as soon as it is aborted.
   */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Serves HTTP with `handler`. */
  serve(handler: (request: Request) => Response | Promise<Response>): void;
  /** Writes one finished log line; use `createLogger`, which redacts, and not this. */
  writeLog(level: LogLevel, line: string): void;
}

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
