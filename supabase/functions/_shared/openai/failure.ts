/** Sorts every failure of a call to the image provider by what is to be done about it. */
import { APIError } from "openai";
import { type ErrorAnswer, familyOf } from "./error_code.ts";
import { ProviderError } from "./provider_error.ts";
import { readRetryAfter, readRetryAfterWords } from "./retry_after.ts";

/**
 * What is to be done.
 *
 * - `permanent`: fail the job and refund it
 * - `transient`: try again, after a backoff and a limited number of times
 * - `rate`: try again, and ask nothing before the time the provider named; the job keeps its attempt
 * - `money`: pause the provider and keep the job's attempt; a person has to act (billing, key, account, address)
 * - `configuration`: the same, as the provider refuses what every job asks (a parameter, a model's ability)
 * - `model_gone`: go on with the next model
 * - `cancelled`: nothing, the caller gave up
 */
export type FailureKind =
  | "permanent"
  | "transient"
  | "rate"
  | "money"
  | "configuration"
  | "model_gone"
  | "cancelled";

/** The error code of the generation, should it end with this failure. */
export type FailureCode =
  | "moderation_blocked"
  | "invalid_prompt"
  | "provider_unavailable"
  | "provider_timeout"
  | "internal";

/** A failed call, sorted. */
export interface ProviderFailure {
  kind: FailureKind;
  errorCode: FailureCode;
  /** The least time to wait before the provider is asked again, when it named one. */
  retryAfterMs?: number;
  /** Whether the picture may have been drawn and billed all the same. */
  ambiguous: boolean;
  /**
   * What jobs that fail for the same cause have in common, where the cause may be ours and not the job's:
   * jobs of several users that fail so in a row are taken for a fault of configuration.
   */
  signature?: string;
  /** For the operator: one line without secrets, at most 500 characters. Never for the user. */
  message: string;
  /** HTTP status of the answer, if there was one. */
  status?: number;
  /** The answer's `code`, else its `type`. */
  upstreamCode?: string;
  /** The provider's name for the call, if it gave one. */
  providerRequestId?: string;
}

type Verdict = Pick<ProviderFailure, "kind" | "errorCode" | "ambiguous" | "signature">;

/** After a rate 429 that does not say how long, in milliseconds. */
const RATE_WAIT_MS = 15_000;

/** Parameters that come from the user: a refusal of one is the user's mistake, and no fault of the service. */
const USER_PARAM = /^(prompt|images?(\[|\.|$)|mask$)/;

const MAX_MESSAGE_LENGTH = 500;
/** Types of errors that asking again does not mend, which a stream reports without a status. */
const USER_ERROR_TYPES = new Set(["invalid_request_error", "image_generation_user_error"]);

/**
 * Sorts what `ImageProvider.generate` threw.
 *
 * The answer's own code is believed before its status: OpenAI reports the same trouble with several
 * statuses, and two kinds of trouble (rate and money) with the same one.
 *
 * @param options `now`: milliseconds since the epoch, for a `Retry-After` that is a date. @default {Date.now()}
 */
export function classifyFailure(
  error: unknown,
  options: { now?: number } = {},
): ProviderFailure {
  if (error instanceof ProviderError) {
    const message = toLine(error.message);
    const { requestId } = error;
    return {
      ...judgeProviderError(error, message),
      message,
      ...(requestId === null ? {} : { providerRequestId: requestId }),
    };
  }
  if (error instanceof APIError) return classifyAnswer(error, options.now ?? Date.now());
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { ...judgeOther(error), message: toLine(message) };
}

/** Answers that are not what the API documents; nothing of the job makes them so. */
const UNUSABLE = new Set<ProviderError["reason"]>(["malformed", "too_large", "bad_image"]);

function judgeProviderError({ reason, ambiguous }: ProviderError, message: string): Verdict {
  if (reason === "cancelled") return { kind: "cancelled", errorCode: "internal", ambiguous };
  const errorCode = reason === "timeout" ? "provider_timeout" : "provider_unavailable";
  const signature = UNUSABLE.has(reason) ? { signature: `${reason}: ${message}` } : {};
  return { kind: "transient", errorCode, ambiguous, ...signature };
}

/** An error that is neither the provider's nor about the call: a mistake of ours, or an abort. */
function judgeOther(error: unknown): Verdict {
  const name = error instanceof Error ? error.name : "";
  if (name === "AbortError") return { kind: "cancelled", errorCode: "internal", ambiguous: true };
  const errorCode = name === "TimeoutError" ? "provider_timeout" : "internal";
  return { kind: "transient", errorCode, ambiguous: true };
}

function classifyAnswer(error: APIError, now: number): ProviderFailure {
  const { status, code, type, param, headers } = error;
  const upstreamCode = [code, type].find((word) => typeof word === "string" && word !== "");
  const answer = { status, code, type, param, message: withoutStatus(error) };
  const verdict = judgeAnswer(answer);
  const retryAfterMs = (headers === undefined ? undefined : readRetryAfter(headers, now)) ??
    (verdict.kind === "rate" ? readRetryAfterWords(answer.message) ?? RATE_WAIT_MS : undefined);
  const label = [status, upstreamCode].filter((part) => part !== undefined).join(" ");
  const about = param ? ` (${param})` : "";
  const text = label === "" ? answer.message : `${label}${about}: ${answer.message}`;
  const reference = error.requestID ? ` (request ${error.requestID})` : "";
  return {
    ...verdict,
    message: toLine(text, reference),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(status === undefined ? {} : { status }),
    ...(upstreamCode ? { upstreamCode: toLine(upstreamCode) } : {}),
    ...(error.requestID ? { providerRequestId: error.requestID } : {}),
  };
}

function judgeAnswer(answer: ErrorAnswer): Verdict {
  const unavailable = { errorCode: "provider_unavailable", ambiguous: false } as const;
  switch (familyOf(answer)) {
    case "moderation":
      return { kind: "permanent", errorCode: "moderation_blocked", ambiguous: false };
    case "money":
      return { kind: "money", ...unavailable };
    case "model_gone":
      return { kind: "model_gone", ...unavailable };
    case "rate":
      return { kind: "rate", ...unavailable };
    default:
      return judgeStatus(answer);
  }
}

function judgeStatus({ status, code, type, param }: ErrorAnswer): Verdict {
  const unavailable = { errorCode: "provider_unavailable", ambiguous: false } as const;
  // An error event in the middle of a stream has no status; by then the picture was being drawn.
  if (status === undefined && !USER_ERROR_TYPES.has(type ?? "")) {
    return { kind: "transient", ...unavailable, ambiguous: true };
  }
  return judgeStatusCode(status ?? 400, { param, isBare: !type && !code });
}

function judgeStatusCode(
  status: number,
  { param, isBare }: { param: ErrorAnswer["param"]; isBare: boolean },
): Verdict {
  const unavailable = { errorCode: "provider_unavailable", ambiguous: false } as const;
  if (status === 429) return { kind: "rate", ...unavailable };
  if (status === 408) return { kind: "transient", errorCode: "provider_timeout", ambiguous: true };
  if (status === 409 || status === 425) return { kind: "transient", ...unavailable };
  if (status >= 500) return judgeServerError(status);
  // The key, the account or the address is wrong: it would fail every job, so it must fail none.
  if (status < 400 || status === 401 || status === 402) return { kind: "money", ...unavailable };
  if ([403, 404, 405, 410].includes(status)) {
    // Not in the API's words it may be about this request alone, as a firewall's 403: it must not stop all.
    return { kind: isBare ? "transient" : "money", ...unavailable };
  }
  // A parameter we chose is not the user's mistake, and every other job has it too.
  if (param && !USER_PARAM.test(param)) return { kind: "configuration", ...unavailable };
  const verdict = { kind: "permanent", errorCode: "invalid_prompt", ambiguous: false } as const;
  return param ? verdict : { ...verdict, signature: `${status} without a parameter` };
}

/** A gateway's 502, 504 or 52x says nothing of what became of the request behind it. */
function judgeServerError(status: number): Verdict {
  const isTimeout = status === 504 || status === 522 || status === 524;
  return {
    kind: "transient",
    errorCode: isTimeout ? "provider_timeout" : "provider_unavailable",
    ambiguous: status === 502 || isTimeout || (status >= 520 && status < 530),
  };
}

function withoutStatus({ status, message }: APIError): string {
  const prefix = `${status} `;
  return status !== undefined && message.startsWith(prefix)
    ? message.slice(prefix.length)
    : message;
}

/** One line that a database and a terminal take, without anything that looks like a key. */
function toLine(text: string, ending = ""): string {
  const line = text
    .replace(/\b(sk|pk|sess|rk)-[\w*.-]+/g, "$1-…")
    .replace(/\bBearer\s+\S+/gi, "Bearer …")
    // deno-lint-ignore no-control-regex -- control characters are what is removed
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ");
  const room = MAX_MESSAGE_LENGTH - ending.length;
  const short = line.length <= room ? line : `${line.slice(0, room - 1)}…`;
  // Cutting may have split a surrogate pair, which JSON for Postgres cannot carry.
  return `${short}${ending}`.toWellFormed();
}
