/** Errors of the Data API as PostgREST puts them on the wire: which status, which code, which body. */
import postgres from "postgres";
import { CredentialsError } from "../credentials.ts";
import { rowsRefused } from "./singular_guard.ts";

/** An answer that is not a success. The body is always `{code, details, hint, message}`. */
export class ApiError extends Error {
  override name = "ApiError";
  readonly status: number;
  readonly code: string;
  readonly details: string | null;
  readonly hint: string | null;
  constructor(
    failure: {
      status: number;
      code: string;
      message: string;
      details?: string | null;
      hint?: string | null;
    },
    options?: ErrorOptions,
  ) {
    super(failure.message, options);
    this.status = failure.status;
    this.code = failure.code;
    this.details = failure.details ?? null;
    this.hint = failure.hint ?? null;
  }
}

/** PGRST127: PostgREST can do it, this stand-in cannot, and says so rather than answering something else. */
export function notImplemented(what: string): ApiError {
  const details = `This stand-in leaves out: ${what}`;
  return new ApiError({
    status: 400,
    code: "PGRST127",
    message: "Feature not implemented",
    details,
  });
}

/** PGRST116: one object was asked for (`single()`) and `rows` were found. */
export function notSingular(rows: number): ApiError {
  return new ApiError({
    status: 406,
    code: "PGRST116",
    message: "Cannot coerce the result to a single JSON object",
    details: `The result contains ${rows} rows`,
  });
}

/** PGRST103: the offset lies beyond the counted rows. */
export function rangeNotSatisfiable(details: string): ApiError {
  const message = "Requested range not satisfiable";
  return new ApiError({ status: 416, code: "PGRST103", message, details });
}

/** PGRST003: every connection was busy for as long as a request waits. */
export function poolExhausted(): never {
  const message = "Timed out acquiring connection from connection pool.";
  throw new ApiError({ status: 504, code: "PGRST003", message });
}

/**
 * Turns whatever a request threw into the error a client sees. `anonymous` makes 42501 a 401.
 *
 * @throws What is none of these: a fault of this program.
 */
export function toApiError(error: unknown, options: { anonymous: boolean }): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof CredentialsError) return ofCredentials(error);
  if (error instanceof postgres.PostgresError) return ofPostgres(error, options.anonymous);
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code === "string" && CONNECTION_CODE.test(code)) return ofConnection(code, error);
  throw error;
}

function ofCredentials(error: CredentialsError): ApiError {
  const { status, code, message } = error;
  return new ApiError({ status, code, message }, { cause: error });
}

/** SQLSTATEs a server answers before it lets a client in: starting up, out of connections, no such database. */
const REFUSED_AT_CONNECT = new Set(["57P03", "53300", "3D000"]);
/** Codes of postgres.js and of the system for what is wrong with a connection. */
const CONNECTION_CODE = /^(CONNECTION_[A-Z]+|CONNECT_TIMEOUT|E[A-Z]+)$/;
/** Those of a connection that broke while in use, rather than never came to be. */
const BROKEN_IN_USE = new Set(["CONNECTION_CLOSED", "CONNECTION_DESTROYED", "ECONNRESET", "EPIPE"]);

function ofConnection(code: string, cause: unknown): ApiError {
  const broken = BROKEN_IN_USE.has(code);
  return new ApiError({
    status: 503,
    code: broken ? "PGRST001" : "PGRST000",
    message: broken
      ? "Database client error. Retrying the connection."
      : "Database connection error.",
  }, { cause });
}

function ofPostgres(error: postgres.PostgresError, anonymous: boolean): ApiError {
  const rows = rowsRefused(error);
  if (rows !== undefined) return notSingular(rows);
  if (REFUSED_AT_CONNECT.has(error.code)) return ofConnection(error.code, error);
  return new ApiError({
    status: statusOf(error.code, error.message, anonymous),
    code: error.code,
    message: error.message,
    details: error.detail ?? null,
    hint: error.hint ?? null,
  }, { cause: error });
}

/** Exact SQLSTATEs first, then classes (two characters); everything else is the client's fault, 400. */
const STATUS_OF_STATE: Record<string, number> = {
  "23503": 409,
  "23505": 409,
  "25006": 405,
  "42883": 404,
  "42P01": 404,
  "42P17": 500,
  "53400": 500,
  "57P01": 503,
  "P0001": 400,
};
const STATUS_OF_CLASS: Record<string, number> = {
  "08": 503,
  "09": 500,
  "0L": 403,
  "0P": 403,
  "25": 500,
  "28": 403,
  "2D": 500,
  "38": 500,
  "39": 500,
  "3B": 500,
  "40": 500,
  "53": 503,
  "54": 500,
  "55": 500,
  "57": 500,
  "58": 500,
  "F0": 500,
  "HV": 500,
  "P0": 500,
  "XX": 500,
};

function statusOf(state: string, message: string, anonymous: boolean): number {
  if (state === "42501") return anonymous ? 401 : 403;
  if (state === "22023") return /^role .* does not exist$/.test(message) ? 401 : 400;
  if (state === "21000") return message.endsWith("requires a WHERE clause") ? 400 : 500;
  if (state.startsWith("PT")) return customStatus(state.slice(2));
  return STATUS_OF_STATE[state] ?? STATUS_OF_CLASS[state.slice(0, 2)] ?? 400;
}

/** `raise sqlstate 'PT402'` chooses the HTTP status; what is no status is a server error. */
function customStatus(digits: string): number {
  const status = Number(digits);
  return Number.isInteger(status) && status >= 200 && status <= 599 ? status : 500;
}
