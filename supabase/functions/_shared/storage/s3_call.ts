/** Makes one call of the S3 library inside a time limit and sorts its failures. */
import { type Deadline, startDeadline } from "../concurrency/deadline.ts";
import { StorageError, type StorageErrorKind } from "./storage_error.ts";

/**
 * Refusals of the credentials or of the bucket itself: a person has to act. Every other refusal is of this
 * one request (IncompleteBody, BadDigest, RequestTimeout, a clock that is off, throttling, …) and passes.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
const PERMANENT_CODES = new Set([
  "AccessDenied",
  "AccountProblem",
  "AllAccessDisabled",
  "AuthorizationHeaderMalformed",
  "ExpiredToken",
  "InvalidAccessKeyId",
  "InvalidBucketName",
  "InvalidToken",
  "MethodNotAllowed",
  "NoSuchBucket",
  "NotSignedUp",
  "PermanentRedirect",
  "SignatureDoesNotMatch",
]);
/** The same where an answer names no code, as that to HEAD: 501 is a server that does not know the request. */
const PERMANENT_STATUSES = new Set([301, 401, 403, 404, 405, 501]);
/** What the library calls an answer that names no code. */
const NAMELESS = /^(\d{3}|Unknown(Error)?|Forbidden|NotFound|Unauthorized|NotImplemented)$/;

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
  if (status === undefined) return "transient";
  if (code !== undefined && PERMANENT_CODES.has(code)) return "permanent";
  const isNameless = code === undefined || NAMELESS.test(code) || status === 501;
  return isNameless && PERMANENT_STATUSES.has(status) ? "permanent" : "transient";
}
