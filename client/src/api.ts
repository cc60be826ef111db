/** Calls the functions: one request with its retries, and its answer or a typed error. */
import { backoff, type Clock, pause } from "./clock.ts";
import { errorOfAnswer, MiniAppError, toMiniAppError } from "./errors.ts";

/** What calls are made with. */
export interface ApiDeps {
  /** Base URL of the project. */
  supabaseUrl: string;
  publishableKey: string;
  fetch: typeof fetch;
  clock: Clock;
  /** From 0 to 1. */
  random: () => number;
}

/** One call. */
export interface CallOptions {
  /** @default {"GET"} */
  method?: "GET" | "POST" | "DELETE";
  /** Access token. */
  token?: string;
  body?: unknown;
  headers?: Record<string, string>;
  /** How often it may be sent; more than once only what may take effect twice. @default {1} */
  tries?: number;
  signal?: AbortSignal;
}

/** Calls functions by their path after `/functions/v1/`. */
export interface Api {
  /**
   * @throws {MiniAppError} For every answer that is not a success, and for none.
   * @throws The signal's reason, when it is aborted.
   */
  call<Answer>(path: string, options?: CallOptions): Promise<Answer>;
}

/** A try without an answer is given up after this time, in milliseconds. */
const TIMEOUT_MS = 20_000;
const BACKOFF = { first: 500, longest: 8_000 };
/** A longer wait, in seconds, is the caller's to decide on. */
const LONGEST_RETRY_AFTER = 10;

/** Makes the caller. */
export function createApi(deps: ApiDeps): Api {
  const { clock, random } = deps;
  return {
    async call<Answer>(path: string, options: CallOptions = {}): Promise<Answer> {
      const tries = options.tries ?? 1;
      for (let failures = 1;; failures++) {
        try {
          return await send(deps, path, options) as Answer;
        } catch (thrown) {
          options.signal?.throwIfAborted();
          const error = toMiniAppError(thrown);
          const after = error.retryAfterSeconds ?? 0;
          if (!error.isPassing || failures >= tries || after > LONGEST_RETRY_AFTER) throw error;
          const wait = Math.max(after * 1000, backoff(failures, { ...BACKOFF, random }));
          await pause(clock, wait, options.signal);
        }
      }
    },
  };
}

async function send(deps: ApiDeps, path: string, options: CallOptions): Promise<unknown> {
  const abort = new AbortController();
  const stop = () => abort.abort(options.signal?.reason);
  options.signal?.addEventListener("abort", stop, { once: true });
  const timer = deps.clock.setTimeout(
    () => abort.abort(new MiniAppError("network", `No answer within ${TIMEOUT_MS / 1000} s`)),
    TIMEOUT_MS,
  );
  try {
    options.signal?.throwIfAborted();
    const url = `${deps.supabaseUrl}/functions/v1/${path}`;
    const response = await deps.fetch(url, {
      method: options.method ?? "GET",
      headers: headersOf(deps, options),
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      signal: abort.signal,
    });
    const body = readJson(await response.text());
    if (!response.ok) throw errorOfAnswer(response, body);
    if (response.status === 204) return undefined;
    if (typeof body === "object" && body !== null) return body;
    throw new MiniAppError("bad_answer", "The backend's answer is not JSON", {
      status: response.status,
    });
  } finally {
    deps.clock.clearTimeout(timer);
    options.signal?.removeEventListener("abort", stop);
  }
}

function headersOf(deps: ApiDeps, options: CallOptions): Record<string, string> {
  return {
    apikey: deps.publishableKey,
    ...(options.body === undefined ? {} : { "content-type": "application/json" }),
    ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
    ...options.headers,
  };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
