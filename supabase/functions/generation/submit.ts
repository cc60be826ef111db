/** POST /generation: validates, admits, submits, answers 202. */
import { generate as generateUuidV7 } from "@std/uuid/v7";
import { type AccessTokens, type Caller } from "../_shared/auth/access_token.ts";
import { requireCaller } from "../_shared/auth/caller.ts";
import { AppError, toAppError } from "../_shared/http/errors.ts";
import {
  bucketHeaders,
  type SendSubmission,
  type Submission,
  submitGeneration,
} from "../_shared/generations/client_store.ts";
import {
  hashGenerationRequest,
  parseGenerationRequest,
  REQUEST_FIELDS,
} from "../_shared/generations/request.ts";
import {
  jsonResponse,
  readJsonObject,
  type RequestContext,
} from "../_shared/http/request_handler.ts";
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

const MAX_BODY_BYTES = 64 * 1024;
const MAX_KEY_LENGTH = 255;

/** Handles a submission. A refusal of any kind charges nothing. */
export async function submit(context: RequestContext, deps: SubmitDeps): Promise<Response> {
  const caller = await requireCaller(context, deps.accessTokens);
  const key = idempotencyKey(context.request);
  const body = await readJsonObject(context.request, {
    maxBytes: MAX_BODY_BYTES,
    fields: REQUEST_FIELDS,
  });
  const request = parseGenerationRequest(body);
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
      },
    });
  } catch (error) {
    ending = toAppError(error).code === "internal" ? "uncertain" : "released";
    throw await withBucket(error, { deps, caller, admission });
  } finally {
    deps.runtime.waitUntil(admission.settle(ending));
  }
  deps.tuning.observe(submission.rate_limit_per_minute);
  context.note({
    generation_id: submission.answer.id,
    replayed: submission.outcome === "replayed",
  });
  return await answer(submission, { deps, caller, admission });
}

interface Admitted {
  deps: SubmitDeps;
  caller: Caller;
  admission: Admission;
}

async function answer(submission: Submission, admitted: Admitted): Promise<Response> {
  const { caller } = admitted;
  const { answer: accepted, rate_limit: judged } = submission;
  const replayed = submission.outcome === "replayed";
  const bucket = judged ? bucketHeaders(judged) : await currentBucket(admitted);
  return jsonResponse({ ...accepted, channel: `user:${caller.userId}` }, {
    status: replayed ? 200 : 202,
    headers: {
      "location": `/functions/v1/generation/${accepted.id}`,
      "retry-after": String(Math.ceil(accepted.poll_after_ms / 1000)),
      ...(replayed ? { "idempotent-replayed": "true" } : {}),
      ...bucket,
    },
  });
}

function idempotencyKey(request: Request): string | undefined {
  const key = request.headers.get("idempotency-key");
  if (key === null) return undefined;
  if (key.length >= 1 && key.length <= MAX_KEY_LENGTH) return key;
  throw new AppError(
    "invalid_request",
    `Cannot accept the request: Idempotency-Key has ${key.length} characters: wanted 1 to ${MAX_KEY_LENGTH}`,
  );
}

// A refusal says what is left of the bucket, like an accepted request.
async function withBucket(error: unknown, admitted: Admitted): Promise<unknown> {
  if (!(error instanceof AppError) || error.code === "internal") return error;
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
