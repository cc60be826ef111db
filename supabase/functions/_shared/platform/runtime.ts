/** The seam between the functions and the platform they run on: everything impure passes here. */

/** How loud a log line is; `error` is what somebody should look at. */
export type LogLevel = "info" | "warn" | "error";

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
