/** POST /generation: validates, admits, submits, answers 202. */
import { type AccessTokens, type Caller } from "../_shared/auth/access_token.ts";
import { requireCaller } from "../_shared/auth/caller.ts";
import { AppError } from "../_shared/errors.ts";
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
import { jsonResponse, readJsonObject, type RequestContext } from "../_shared/http.ts";
import type { Runtime } from "../_shared/runtime.ts";
import { makeTimeOrderedId } from "../_shared/time_ordered_id.ts";
import { type Admission, type AdmissionDeps, admit, rateLimitHeaders } from "./admission.ts";

/** What submitting works with. */
export interface SubmitDeps extends AdmissionDeps {
  runtime: Pick<Runtime, "now" | "randomBytes" | "waitUntil">;
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
  let submission: Submission | undefined;
  try {
    submission = await submitGeneration(deps.sendSubmission, caller, {
      request,
      options: {
        ...(key === undefined
          ? {}
          : { idempotency: { key, requestHash: await hashGenerationRequest(request) } }),
        enforceRateLimit: admission.enforceInPostgres,
        generationId: makeTimeOrderedId(deps.runtime),
      },
    });
  } catch (error) {
    throw withBucket(error, admission);
  } finally {
    deps.runtime.waitUntil(admission.settle(submission !== undefined));
  }
  deps.tuning.observe(submission.rate_limit_per_minute);
  context.note({ generation_id: submission.answer.id, replayed: submission.replayed });
  return answer(submission, { caller, admission });
}

function answer(
  submission: Submission,
  { caller, admission }: { caller: Caller; admission: Admission },
): Response {
  const { answer: accepted, replayed, rate_limit: judged } = submission;
  const bucket = judged
    ? bucketHeaders(judged)
    : admission.decision && rateLimitHeaders(admission.decision);
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

// A refusal after the token was taken says what is left of the bucket, like an accepted request.
function withBucket(error: unknown, { decision }: Admission): unknown {
  if (!(error instanceof AppError) || decision === undefined || error.code === "internal") {
    return error;
  }
  const headers = { ...rateLimitHeaders(decision), ...error.headers };
  return new AppError(error.code, error.message, { cause: error, headers });
}
