/** The ways the S3 stand-in can fail. */
import { type FaultRules, parseFaults } from "../fault_queue.ts";
import { isS3ErrorCode, S3Error, type S3ErrorCode } from "./errors.ts";

/** Of the whole service: `down` closes every socket at once, `hang` accepts requests and never answers. */
export type S3Mode = "ok" | "down" | "hang";

/** A fault of one request (of `times` requests). */
export interface S3Fault {
  /** Refuse with this status, and `code` (default: S3's for the status). */
  status?: number;
  code?: S3ErrorCode;
  /** Never answer, until the faults change or the client leaves. */
  hang?: true;
  /** Close the socket; nothing is done. */
  drop?: true;
  /** Do what is asked, then close the socket: the client cannot know it was done. */
  "lose_answer"?: true;
  /** Wait before the fault, or before an ordinary answer where there is none. */
  "delay_ms"?: number;
  times?: number;
  /** Hit only requests of this method, or whose key contains this text. */
  method?: string;
  key?: string;
}

/** What `PUT /s3/faults` takes. */
export type S3Faults = S3Mode | S3Fault[];

const RULES: FaultRules = {
  kinds: { status: "status", hang: "flag", drop: "flag", lose_answer: "flag" },
  modifiers: { code: "text", delay_ms: "ms", times: "count", method: "text", key: "text" },
};

const CODES: Record<number, S3ErrorCode> = {
  400: "RequestTimeout",
  403: "AccessDenied",
  404: "NoSuchKey",
  409: "ConditionalRequestConflict",
  412: "PreconditionFailed",
  500: "InternalError",
  503: "SlowDown",
};

/**
 * Checks faults from outside: `"ok"`, `"down"`, `"hang"`, the same as `{"mode": …}`, or an array.
 *
 * @throws {TypeError} For anything else.
 */
export function parseS3Faults(value: unknown): S3Faults {
  if (Array.isArray(value)) {
    const faults = parseFaults<S3Fault>(value, RULES);
    for (const fault of faults) {
      if (fault.code !== undefined && !isS3ErrorCode(fault.code)) {
        throw new TypeError(`"code" of a fault must be an S3 error code: got "${fault.code}"`);
      }
      if (fault.status !== undefined) errorOf(fault);
    }
    return faults;
  }
  const mode = typeof value === "object" && value !== null && "mode" in value ? value.mode : value;
  if (mode === "ok" || mode === "down" || mode === "hang") return mode;
  throw new TypeError(
    `Faults must be "ok", "down", "hang" or an array of objects: got ${JSON.stringify(value)}`,
  );
}

/** Whether `fault` is meant for a request. */
export function hits(fault: S3Fault, request: { method: string; key: string }): boolean {
  return (fault.method === undefined || fault.method.toUpperCase() === request.method) &&
    (fault.key === undefined || request.key.includes(fault.key));
}

/**
 * The refusal of a fault with a status.
 *
 * @throws {TypeError} When no `code` is given and the status has no usual one.
 */
export function errorOf({ status = 500, code }: S3Fault): S3Error {
  const known = code ?? CODES[status];
  if (known === undefined) {
    throw new TypeError(`A fault with status ${status} must name its "code"`);
  }
  const error = new S3Error(known);
  error.status = status;
  return error;
}
