/** What can go wrong, in the contract's codes and a few of the client's own. */

/** Codes of the functions' answers. */
export const API_ERROR_CODES = [
  "invalid_request",
  "invalid_init_data",
  "expired_init_data",
  "invalid_refresh_token",
  "unauthorized",
  "insufficient_credits",
  "not_found",
  "method_not_allowed",
  "already_started",
  "idempotency_conflict",
  "payload_too_large",
  "rate_limited",
  "too_many_pending",
  "internal",
  "generation_paused",
] as const;

/**
 * A code of the contract, or one of the client's own: `network` (no answer came), `bad_answer` (an
 * answer that is not the contract's, as of a proxy), `signed_out` (nobody is logged in, or the
 * session is over and `initData` is too old for a new one).
 */
export type ErrorCode = (typeof API_ERROR_CODES)[number] | "network" | "bad_answer" | "signed_out";

/** What a {@link MiniAppError} carries beside its code and message. */
export interface MiniAppErrorOptions {
  /** HTTP status; 0: there was no answer. */
  status?: number;
  /** Names the request in the backend's log. */
  requestId?: string | null;
  /** When it makes sense to try again. */
  retryAfterSeconds?: number | null;
  cause?: unknown;
}

/** Any failure of this module. `message` is for developers; what users read is chosen by `code`. */
export class MiniAppError extends Error {
  override name = "MiniAppError";
  readonly status: number;
  readonly requestId: string | null;
  readonly retryAfterSeconds: number | null;

  constructor(readonly code: ErrorCode, message: string, options: MiniAppErrorOptions = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.status = options.status ?? 0;
    this.requestId = options.requestId ?? null;
    this.retryAfterSeconds = options.retryAfterSeconds ?? null;
  }

  /** Whether the request may have failed on its way only: the same one may succeed if made again. */
  get isPassing(): boolean {
    // A success nobody can read is an answer that was lost.
    const isLost = this.code === "bad_answer" && (this.status < 300 || this.status >= 500);
    return isLost || this.code === "network" || this.code === "internal";
  }
}

/** The failure an answer tells of. */
export function errorOfAnswer(response: Response, body: unknown): MiniAppError {
  const { code, message, request_id: requestId } = isObject(body) ? body : {};
  const known = API_ERROR_CODES.find((candidate) => candidate === code);
  return new MiniAppError(
    known ?? "bad_answer",
    typeof message === "string" ? message : `The backend answered ${response.status}`,
    {
      status: response.status,
      requestId: typeof requestId === "string" ? requestId : response.headers.get("x-request-id"),
      retryAfterSeconds: readRetryAfter(response.headers),
    },
  );
}

/** Gives `error` itself when it is one of ours, else a `network` failure with it as cause. */
export function toMiniAppError(error: unknown): MiniAppError {
  if (error instanceof MiniAppError) return error;
  return new MiniAppError("network", "Cannot reach the backend", { cause: error });
}

// RFC 9110 section 10.2.3; a date is left to the caller's own patience.
function readRetryAfter(headers: Headers): number | null {
  const text = headers.get("retry-after");
  return text !== null && /^\d{1,6}$/.test(text) ? Number(text) : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
