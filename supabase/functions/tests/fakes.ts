/** Fakes of what the functions are given: the runtime with a clock that stands still, and the database. */
import type { RpcClient } from "../_shared/db/rpc.ts";
import type { LogLevel, Runtime } from "../_shared/platform/runtime.ts";

/** A literal moment every fake clock starts at: 2026-11-23T12:00:00Z in milliseconds. */
export const NOW = Date.UTC(2026, 10, 23, 12);

/** One written log line, parsed. */
export interface FakeLogLine {
  level: LogLevel;
  event: string;
  [field: string]: unknown;
}

/** A runtime tests can look into and move. */
export interface FakeRuntime extends Runtime {
  /** The environment; change it freely. */
  variables: Record<string, string | undefined>;
  /** Every line written, as it was written. */
  lines: string[];
  /** Every line written, parsed. */
  logs: FakeLogLine[];
  /** The handler given to `serve`. */
  served: ((request: Request) => Response | Promise<Response>) | undefined;
  /** Moves the clock and wakes the sleepers whose time has come. */
  advance(milliseconds: number): void;
  /** Milliseconds each `sleep` was called with, in order. */
  slept: number[];
  /** Waits for everything given to `waitUntil`, also what is added meanwhile; rethrows its first rejection. */
  background(): Promise<void>;
  /** Does what the platform does before it ends an isolate. */
  shutDown(): Promise<void>;
}

/** What a fake runtime starts with. */
export interface FakeRuntimeOptions {
  /** @default {NOW} */
  now?: number;
  env?: Record<string, string | undefined>;
  /** Refuses every request when absent: no test reaches the network. */
  fetch?: typeof fetch;
  /** Seed of `randomBytes`, whose values differ from call to call and not from run to run. */
  seed?: number;
}

/** Makes a runtime with a fixed clock, captured logs and a settable environment. */
export function createFakeRuntime(options: FakeRuntimeOptions = {}): FakeRuntime {
  let now = options.now ?? NOW;
  const random = createRandom(options.seed ?? 1);
  const waiting: Promise<unknown>[] = [];
  const shutdownListeners: (() => void | Promise<void>)[] = [];
  let sleepers: { until: number; wake: () => void }[] = [];
  const runtime: FakeRuntime = {
    variables: { ...options.env },
    lines: [],
    logs: [],
    slept: [],
    served: undefined,
    env: (name) => runtime.variables[name],
    now: () => now,
    fetch: options.fetch ??
      ((input) => Promise.reject(new TypeError(`No fetch in this test: ${String(input)}`))),
    waitUntil(promise) {
      // Marked as handled here; `background` reports it.
      promise.catch(() => undefined);
      waiting.push(promise);
    },
    randomBytes: (length) => Uint8Array.from({ length }, () => Math.floor(random() * 256)),
    onShutdown: (listener) => void shutdownListeners.push(listener),
    sleep(milliseconds, signal) {
      runtime.slept.push(milliseconds);
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const sleeper = { until: now + milliseconds, wake: resolve };
        sleepers.push(sleeper);
        signal?.addEventListener("abort", () => {
          sleepers = sleepers.filter((other) => other !== sleeper);
          reject(signal.reason);
        }, { once: true });
      });
    },
    serve(handler) {
      runtime.served = handler;
    },
    writeLog(level, line) {
      runtime.lines.push(line);
      runtime.logs.push({ ...JSON.parse(line), level });
    },
    advance(milliseconds) {
      now += milliseconds;
      const due = sleepers.filter(({ until }) => until <= now);
      sleepers = sleepers.filter(({ until }) => until > now);
      for (const { wake } of due) wake();
    },
    async background() {
      while (waiting.length > 0) await Promise.all(waiting.splice(0));
    },
    async shutDown() {
      for (const listener of shutdownListeners) await listener();
    },
  };
  return runtime;
}

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One call a fake database received. */
export interface FakeRpcCall {
  name: string;
  args: Record<string, unknown>;
}

/** A database that answers from functions given by name. */
export interface FakeRpcClient extends RpcClient {
  /** Every call, in order. */
  calls: FakeRpcCall[];
}

/** Makes a database of `functions`; each gives its result or throws. An unknown name rejects. */
export function createFakeRpcClient(
  functions: Record<string, (args: Record<string, unknown>) => unknown>,
): FakeRpcClient {
  const calls: FakeRpcCall[] = [];
  return {
    calls,
    async rpc<Result>(name: string, args: Record<string, unknown> = {}): Promise<Result> {
      calls.push({ name, args });
      const answer = functions[name];
      if (answer === undefined) throw new Error(`No SQL function "${name}" in this test`);
      return await answer(args) as Result;
    },
  };
}
