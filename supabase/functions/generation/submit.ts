/** POST /generation: validates, admits, submits, answers 202. */
import { generate as generateUuidV7 } from "@std/uuid/v7";
import type { Context } from "hono";
import type { AccessTokens, Caller } from "../_shared/auth/access_token.ts";
import { AppError, type ErrorCode, toAppError } from "../_shared/http/errors.ts";
import {
  bucketHeaders,
  type SendSubmission,
  type Submission,
  submitGeneration,
} from "../_shared/generations/client_store.ts";
import { type GenerationRequest, hashGenerationRequest } from "../_shared/generations/request.ts";
import type { Accepted } from "../_shared/generations/schemas.ts";
import type { CallerEnv } from "../_shared/http/bearer.ts";
import type { Runtime } from "../_shared/platform/runtime.ts";
import {
  type Admission,
  type AdmissionDeps,
  admit,
  type Ending,
  peekHeaders,
  rateLimitHeaders,
} from "./admission.ts";

/** What submitting works with. */
export interface SubmitDeps extends AdmissionDeps {
  runtime: Pick<Runtime, "now" | "waitUntil">;
  accessTokens: Pick<AccessTokens, "verify">;
  sendSubmission: SendSubmission;
}

const MAX_KEY_LENGTH = 255;
const NO_BUCKET: ReadonlySet<ErrorCode> = new Set(["internal", "unauthorized"]);

/** Handles a submission. A refusal of any kind charges nothing. */
export async function submit(
  c: Context<CallerEnv>,
  deps: SubmitDeps,
  request: GenerationRequest,
): Promise<Response> {
  const caller = c.get("caller");
  const key = idempotencyKey(c.req.header("idempotency-key"));
  const admission = await admit(deps, { userId: caller.userId, key });
  let submission: Submission;
  let ending: Ending = "done";
  try {
    submission = await submitGeneration(deps.sendSubmission, caller, {
      request,
      options: {
        ...(key === undefined
          ? {}
          : { idempotency: { key, requestHash: await hashGenerationRequest(request) } }),
        enforceRateLimit: admission.enforceInPostgres,
        // Version 7 grows with time: rows made together lie together in every index over them.
        generationId: generateUuidV7(deps.runtime.now()),
        requestId: c.get("requestId"),
      },
    });
  } catch (error) {
    ending = toAppError(error).code === "internal" ? "uncertain" : "released";
    throw await withBucket(error, { deps, caller, admission });
  } finally {
    deps.runtime.waitUntil(admission.settle(ending));
  }
  deps.tuning.observe(submission.rate_limit_per_minute);
  const { answer, outcome } = submission;
  const replayed = outcome === "replayed";
  c.get("note")({ generation_id: answer.id, replayed });
  const accepted: Accepted = { ...answer, channel: `user:${caller.userId}` };
  return c.json(accepted, replayed ? 200 : 202, {
    "location": `/functions/v1/generation/${answer.id}`,
    "retry-after": String(Math.ceil(answer.poll_after_ms / 1000)),
    ...(replayed ? { "idempotent-replayed": "true" } : {}),
    ...await bucketOf(submission, { deps, caller, admission }),
  });
}

interface Admitted {
  deps: SubmitDeps;
  caller: Caller;
  admission: Admission;
}

async function bucketOf(
  { rate_limit: judged }: Submission,
  admitted: Admitted,
): Promise<Record<string, string>> {
  return judged ? bucketHeaders(judged) : await currentBucket(admitted);
}

function idempotencyKey(key: string | undefined): string | undefined {
  if (key === undefined) return undefined;
  if (key.length >= 1 && key.length <= MAX_KEY_LENGTH) return key;
  throw new AppError(
    "invalid_request",
    `Cannot accept the request: Idempotency-Key has ${key.length} characters: wanted 1 to ${MAX_KEY_LENGTH}`,
  );
}

// A refusal says what is left of the bucket, like an accepted request; a session that has ended reads
// nothing of the user's.
async function withBucket(error: unknown, admitted: Admitted): Promise<unknown> {
  if (!(error instanceof AppError) || NO_BUCKET.has(error.code)) return error;
  if ("ratelimit-limit" in error.headers) return error;
  const headers = { ...await currentBucket(admitted), ...error.headers };
  return new AppError(error.code, error.message, { cause: error, headers });
}

async function currentBucket(
  { deps, caller, admission }: Admitted,
): Promise<Record<string, string>> {
  return admission.decision === undefined
    ? await peekHeaders(deps, caller.userId)
    : rateLimitHeaders(admission.decision);
}
