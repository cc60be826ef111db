/** Calls our SQL functions, and turns what they raise into errors of the public contract. */
import { AppError, type ErrorCode } from "../http/errors.ts";
import { createServiceClient, type ServiceClientOptions } from "./client.ts";

/** Calls SQL functions of schema `public`. Handlers depend on this and not on supabase-js. */
export interface RpcClient {
  /**
   * Calls the function `name` with named arguments and gives what it returns (`null` for void).
   * `Result` is what its SQL promises; nothing is checked here.
   *
   * @throws {AppError} The contract's code for a SQLSTATE of ours; else `internal`, with
   * `retryable` when the Data API was unreachable, slow or overloaded. The call may have taken
   * effect all the same: repeat only one that is idempotent.
   */
  rpc<Result>(name: string, args?: Record<string, unknown>): Promise<Result>;
}

/** How the client is made. */
export interface RpcClientOptions extends ServiceClientOptions {
  /**
   * How long one call may take.
   * @default {15}
   */
  timeoutSeconds?: number;
}

/** The SQLSTATEs our functions raise. */
const CODE_OF_SQLSTATE: Readonly<Record<string, ErrorCode>> = {
  PX401: "unauthorized",
  PX402: "insufficient_credits",
  PX404: "not_found",
  PX409: "idempotency_conflict",
  PX410: "already_started",
  PX429: "rate_limited",
  PX430: "too_many_pending",
  PX431: "too_many_blocked",
  PX503: "generation_paused",
};

/** Serialization failure, deadlock, lock timeout, statement timeout, too many connections, shutdown, and PostgREST's own connection errors. */
const RETRYABLE_SQLSTATE = /^(?:40001|40P01|55P03|57014|53\d{3}|57P0\d|08\w{3}|PGRST00\d)$/;

/** Serialization failure, deadlock, lock timeout. */
const CONFLICT_SQLSTATE = /^(?:40001|40P01|55P03)$/;

/** Makes the client every function reaches the database by. */
export function createRpcClient(options: RpcClientOptions): RpcClient {
  const client = createServiceClient(options);
  const timeoutMs = (options.timeoutSeconds ?? 15) * 1000;

  async function rpc<Result>(name: string, args: Record<string, unknown> = {}): Promise<Result> {
    const abort = new AbortController();
    const timer = setTimeout(
      () => abort.abort(new Error(`No answer within ${timeoutMs} ms`)),
      timeoutMs,
    );
    try {
      const { data, error, status } = await client.rpc(name, args).abortSignal(abort.signal);
      if (error) throw toRpcError(name, { ...error, status });
      return data as Result;
    } finally {
      clearTimeout(timer);
    }
  }
  return { rpc };
}

/** What supabase-js gives for a failed call; status 0 when there was no answer at all. */
interface Failure {
  code: string;
  message: string;
  details: string | null;
  status: number;
}

/** A refusal as SQL functions give it (private.refusal). */
export interface Refusal {
  /** One of our SQLSTATEs. */
  code: string;
  message: string;
  detail: Record<string, unknown> | null;
}

/**
 * The error for a refusal that a SQL function gave as a value.
 *
 * @throws {TypeError} When its SQLSTATE is none of ours.
 */
export function toRefusal(refusal: Refusal): AppError {
  const code = CODE_OF_SQLSTATE[refusal.code];
  if (code === undefined) throw new TypeError(`No refusal has the SQLSTATE "${refusal.code}"`);
  return new AppError(code, refusal.message, { headers: limitHeaders(refusal.detail) });
}

/** Whether a call failed because another transaction was in its way: nothing of it took effect. */
export function isConflict(error: unknown): boolean {
  return error instanceof AppError && error.cause instanceof Error && "code" in error.cause &&
    CONFLICT_SQLSTATE.test(String(error.cause.code));
}

function toRpcError(name: string, failure: Failure): AppError {
  if (CODE_OF_SQLSTATE[failure.code] !== undefined) {
    return toRefusal({ ...failure, detail: parseDetail(failure.details) });
  }
  const answer = failure.status === 0 ? "did not answer" : `answered ${failure.status}`;
  const cause = new Error(`The Data API ${answer} to "${name}": ${failure.message}`);
  Object.assign(cause, { code: failure.code, status: failure.status });
  return new AppError("internal", "Cannot use the database", {
    cause,
    retryable: failure.status === 0 || failure.status >= 502 ||
      RETRYABLE_SQLSTATE.test(failure.code) || (failure.status === 500 && !failure.code),
  });
}

const HEADER_OF_DETAIL = {
  retry_after_seconds: "retry-after",
  limit: "ratelimit-limit",
  remaining: "ratelimit-remaining",
  reset_seconds: "ratelimit-reset",
} as const;

// A JSON object as text; a refusal without it is still that refusal.
function parseDetail(details: string | null): Record<string, unknown> | null {
  try {
    return JSON.parse(details ?? "null");
  } catch {
    return null;
  }
}

function limitHeaders(detail: Record<string, unknown> | null): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [key, header] of Object.entries(HEADER_OF_DETAIL)) {
    const value = detail?.[key];
    if (typeof value === "number" && value >= 0) headers[header] = String(Math.ceil(value));
  }
  return headers;
}
