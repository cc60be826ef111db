/** Makes one call of the S3 library inside a time limit and sorts its failures. */
import { type Deadline, startDeadline } from "../concurrency/deadline.ts";
import { StorageError, type StorageErrorKind } from "./storage_error.ts";

/** Client errors that pass by themselves; every other 4xx needs a person. */
const TRANSIENT_STATUSES = new Set([408, 409, 425, 429]);
/** A clock that is off: the library corrects it from the answer, for the next call. */
const CLOCK_SKEW = new Set(["RequestTimeTooSkewed", "RequestExpired"]);

/** One call. */
export interface S3CallOptions {
  /** What is done, for the message: `store "<key>"`. */
  what: string;
  /** For the whole exchange, in milliseconds. */
  timeoutMs: number;
  signal: AbortSignal | undefined;
}

/**
 * Runs `call` with a signal that ends it in time.
 *
 * @throws {StorageError} For every failure.
 */
export async function callS3<Result>(
  call: (abortSignal: AbortSignal) => Promise<Result>,
  options: S3CallOptions,
): Promise<Result> {
  const deadline = startDeadline(options.timeoutMs, options.signal);
  try {
    deadline.signal.throwIfAborted();
    return await call(deadline.signal);
  } catch (cause) {
    throw explain(cause, { ...options, ended: deadline.ended });
  } finally {
    deadline.clear();
  }
}

function explain(
  cause: unknown,
  { what, timeoutMs, ended }: S3CallOptions & { ended: Deadline["ended"] },
): StorageError {
  const { name: code, $metadata } = (cause ?? {}) as {
    name?: string;
    $metadata?: { httpStatusCode?: number };
  };
  const status = $metadata?.httpStatusCode;
  if (ended === "cancelled") {
    return new StorageError("cancelled", `Cannot ${what}: it was cancelled`, { cause });
  }
  if (ended === "timeout") {
    return new StorageError("transient", `Cannot ${what}: no answer within ${timeoutMs} ms`, {
      cause,
    });
  }
  const why = status === undefined
    ? "the connection failed"
    : `the store answers ${status} ${code}`;
  const kind = kindOf(status, code);
  return new StorageError(kind, `Cannot ${what}: ${why}`, { cause, status, code });
}

function kindOf(status: number | undefined, code: string | undefined): StorageErrorKind {
  if (status === undefined || TRANSIENT_STATUSES.has(status)) return "transient";
  if (code !== undefined && CLOCK_SKEW.has(code)) return "transient";
  // 501: the server does not know the request and will not learn it.
  return status >= 500 && status !== 501 ? "transient" : "permanent";
}
