/** The database side of a client's generations: one function for each SQL function. */
import type { Caller } from "../auth/access_token.ts";
import { type Refusal, type RpcClient, toRefusal } from "../db/rpc.ts";
import { AppError } from "../http/errors.ts";
import type { Cursor } from "./cursor.ts";
import type { GenerationRow } from "./answer.ts";
import type { GenerationRequest } from "./request.ts";
import type { Accepted } from "./schemas.ts";

/** An accepted submission. */
export interface Submission {
  /** `replayed`: the first answer under the same Idempotency-Key; nothing new was charged. */
  outcome: "accepted" | "replayed";
  answer: Omit<Accepted, "channel">;
  /** The bucket after this request, when Postgres judged it. */
  rate_limit: { limit: number; remaining: number; reset_seconds: number } | null;
  rate_limit_per_minute: number;
}

/** A refused submission: a value, as an error would roll back what others of its batch were given. */
interface RefusedSubmission extends Omit<Submission, "outcome" | "answer"> {
  outcome: "refused";
  refusal: Refusal;
}

/** Another transaction has locked the user: to be sent again. */
interface BusySubmission {
  outcome: "busy";
}

/** An element of what `submit_generations` takes. */
export interface SubmissionArguments {
  generation_id: string;
  user_id: string;
  session_id: string;
  prompt: string;
  size: string;
  quality: string;
  output_format: string;
  idempotency_key: string | null;
  request_hash: string | null;
  enforce_rate_limit: boolean;
  request_id: string;
}

/** An element of what `submit_generations` gives. */
export type SubmissionResult = Submission | RefusedSubmission | BusySubmission;

/**
 * Puts a submission to `submit_generations`, with what comes at the same time.
 *
 * @throws {AppError} What the call failed with; `generation_paused` while the user stays busy.
 */
export type SendSubmission = (submission: SubmissionArguments) => Promise<SubmissionResult>;

/** What a submission carries beside the request. */
export interface SubmitOptions {
  idempotency?: { key: string; requestHash: string };
  /** Takes the rate-limit token in Postgres, for requests Redis could not judge. */
  enforceRateLimit: boolean;
  /** Names the new generation: the same request, sent again by the network stack, makes no second one. */
  generationId: string;
  /** Id of the HTTP request, which the row and every log line about it carry. */
  requestId: string;
}

/**
 * Debits, inserts and enqueues in one transaction.
 *
 * @throws {AppError} Any refusal of the contract; none charges.
 */
export async function submitGeneration(
  send: SendSubmission,
  caller: Caller,
  { request, options }: { request: GenerationRequest; options: SubmitOptions },
): Promise<Submission> {
  const result = await send({
    generation_id: options.generationId,
    user_id: caller.userId,
    session_id: caller.sessionId,
    prompt: request.prompt,
    size: request.size,
    quality: request.quality,
    output_format: request.output_format,
    idempotency_key: options.idempotency?.key ?? null,
    request_hash: options.idempotency?.requestHash ?? null,
    enforce_rate_limit: options.enforceRateLimit,
    request_id: options.requestId,
  });
  if (result.outcome === "busy") throw new TypeError("A busy submission was not sent again");
  if (result.outcome !== "refused") return result;
  const refusal = toRefusal(result.refusal);
  throw new AppError(refusal.code, refusal.message, {
    headers: { ...bucketHeaders(result.rate_limit), ...refusal.headers },
  });
}

/** The headers of a bucket that Postgres judged. */
export function bucketHeaders(bucket: Submission["rate_limit"]): Record<string, string> {
  if (!bucket) return {};
  return {
    "ratelimit-limit": String(bucket.limit),
    "ratelimit-remaining": String(bucket.remaining),
    "ratelimit-reset": String(bucket.reset_seconds),
  };
}

/**
 * The caller's generation.
 *
 * @throws {AppError} `not_found` for an unknown id and for another user's alike.
 */
export function getGeneration(db: RpcClient, caller: Caller, id: string): Promise<GenerationRow> {
  return db.rpc("get_generation", { ...callerArguments(caller), generation_id: id });
}

/** A page of the caller's generations, newest first. */
export function listGenerations(
  db: RpcClient,
  caller: Caller,
  page: { size: number; before?: Cursor },
): Promise<GenerationRow[]> {
  return db.rpc("list_generations", {
    ...callerArguments(caller),
    page_size: page.size,
    before_created_at: page.before?.createdAt ?? null,
    before_id: page.before?.id ?? null,
  });
}

/**
 * Cancels or hides a generation; `object_key` names the picture that is to be removed.
 *
 * @param options.pendingOnly Cancels, and never hides; one that is CANCELLED already is given again.
 * @throws {AppError} `not_found`; `already_started` while it is being generated, and with `pendingOnly`
 * also once it has ended otherwise.
 */
export function deleteGeneration(
  db: RpcClient,
  caller: Caller,
  { id, pendingOnly }: { id: string; pendingOnly: boolean },
): Promise<GenerationRow & { object_key: string | null }> {
  return db.rpc("delete_generation", {
    ...callerArguments(caller),
    generation_id: id,
    pending_only: pendingOnly,
  });
}

function callerArguments(caller: Caller): { user_id: string; session_id: string } {
  return { user_id: caller.userId, session_id: caller.sessionId };
}
