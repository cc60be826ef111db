/** The one error type a caller may see: a closed set of codes, each with its HTTP status. */

/** Every code of the public contract with the HTTP status it is answered with. */
export const ERROR_STATUS = {
  invalid_request: 400,
  invalid_init_data: 401,
  expired_init_data: 401,
  invalid_refresh_token: 401,
  unauthorized: 401,
  insufficient_credits: 402,
  not_found: 404,
  method_not_allowed: 405,
  already_started: 409,
  idempotency_conflict: 409,
  payload_too_large: 413,
  rate_limited: 429,
  too_many_pending: 429,
  too_many_blocked: 429,
  internal: 500,
  generation_paused: 503,
} as const satisfies Record<string, number>;

/** A code of the public contract. */
export type ErrorCode = keyof typeof ERROR_STATUS;

/** What an `AppError` carries beside its code and message. */
export interface AppErrorOptions {
  /** What went wrong underneath. Kept for the log, never sent to a client. */
  cause?: unknown;
  /** Headers of the answer, such as `retry-after`. */
  headers?: Record<string, string>;
  /**
   * Whether the same call may succeed if made again, nothing being known wrong with it. It says
   * nothing about whether the failed call took effect: only a safe call may be repeated.
   * @default {false}
   */
  retryable?: boolean;
}

/**
 * A failure with a code of the public contract.
 *
 * Below the handlers everything throws; only the outermost wrapper (`http.ts`) turns an error into
 * an answer. `message` is what the client reads (except for `internal`, answered with a fixed
 * text): it never carries SQL, a stack, a secret or the body of an upstream.
 */
export class AppError extends Error {
  override name = "AppError";
  /** The HTTP status of the code. */
  readonly status: (typeof ERROR_STATUS)[ErrorCode];
  /** Headers of the answer; empty when there are none. */
  readonly headers: Readonly<Record<string, string>>;
  /** See {@link AppErrorOptions.retryable}. */
  readonly retryable: boolean;

  constructor(readonly code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.status = ERROR_STATUS[code];
    this.headers = options.headers ?? {};
    this.retryable = options.retryable ?? false;
  }
}

/** Gives `error` itself when it is an `AppError`, else an `internal` one with it as cause. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  return new AppError("internal", "Unexpected failure", { cause: error });
}
