/** What is done about each failure of the image provider, from the bodies OpenAI sends. */
import { assertEquals, assertMatch } from "@std/assert";
import { APIConnectionError, APIError } from "openai";
import { classifyFailure, type ProviderFailure } from "../../_shared/openai/failure.ts";
import { ProviderError, type ProviderErrorReason } from "../../_shared/openai/provider_error.ts";

/** 2026-11-23T12:00:00Z. */
const NOW = Date.UTC(2026, 10, 23, 12);

interface ErrorBody {
  message?: string;
  type?: string | null;
  param?: string | null;
  code?: string | null;
}

/** The error the OpenAI library throws for an answer. */
function answerError(status: number, error: ErrorBody, headers: HeadersInit = {}): APIError {
  const body = { error: { message: "", type: null, param: null, code: null, ...error } };
  return APIError.generate(status, body, undefined, new Headers(headers));
}

type Verdict = Pick<ProviderFailure, "kind" | "errorCode" | "ambiguous">;

const MONEY: Verdict = { kind: "money", errorCode: "provider_unavailable", ambiguous: false };
const RATE: Verdict = { kind: "rate", errorCode: "provider_unavailable", ambiguous: false };
const GONE: Verdict = { kind: "model_gone", errorCode: "provider_unavailable", ambiguous: false };
const BUSY: Verdict = { kind: "transient", errorCode: "provider_unavailable", ambiguous: false };
const BLOCKED: Verdict = { kind: "permanent", errorCode: "moderation_blocked", ambiguous: false };
const BAD_PROMPT: Verdict = { kind: "permanent", errorCode: "invalid_prompt", ambiguous: false };
const OUR_MISTAKE: Verdict = {
  kind: "configuration",
  errorCode: "provider_unavailable",
  ambiguous: false,
};

function verdictOf({ kind, errorCode, ambiguous }: ProviderFailure): Verdict {
  return { kind, errorCode, ambiguous };
}

/** Status, error body, what is to be done. */
const ANSWERS: [number, ErrorBody, Verdict][] = [
  [400, {
    message:
      "Your request was rejected by the safety system. If you believe this is an error, contact us at help.openai.com and include the request ID req_4f1d. safety_violations=[sexual].",
    type: "image_generation_user_error",
    code: "moderation_blocked",
  }, BLOCKED],
  [400, {
    message: "Your request was rejected as a result of our safety system.",
    type: "invalid_request_error",
    code: "content_policy_violation",
  }, BLOCKED],
  [400, {
    message: "Invalid 'prompt': string too long. Expected a string with maximum length 32000.",
    type: "invalid_request_error",
    param: "prompt",
    code: "string_above_max_length",
  }, BAD_PROMPT],
  [400, { message: "Invalid prompt.", type: "image_generation_user_error" }, BAD_PROMPT],
  [422, { message: "Unprocessable.", type: "invalid_request_error" }, BAD_PROMPT],
  [400, {
    message: "Unknown parameter: 'safety_identifier'.",
    type: "invalid_request_error",
    param: "safety_identifier",
    code: "unknown_parameter",
  }, OUR_MISTAKE],
  [429, {
    message:
      "Rate limit reached for gpt-image-1.5 (for limit gpt-image) in organization org-x on input-images per min: Limit 5, Used 5, Requested 1. Please try again in 12s.",
    type: "input-images",
    code: "rate_limit_exceeded",
  }, RATE],
  [429, { message: "Slow down.", type: "rate_limit_error", code: "slow_down" }, RATE],
  [503, { message: "Slow down.", type: "service_unavailable_error", code: "slow_down" }, RATE],
  [429, { message: "Too many requests.", type: "requests" }, RATE],
  [429, {
    message:
      "You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.",
    type: "insufficient_quota",
    code: "insufficient_quota",
  }, MONEY],
  [429, {
    message: "You have no prepaid credits remaining.",
    type: "insufficient_quota",
    code: "credit_balance_exhausted",
  }, MONEY],
  [429, {
    message: "Organization spend limit.",
    code: "organization_spend_limit_exceeded",
  }, MONEY],
  [429, { message: "Project spend limit.", code: "project_spend_limit_exceeded" }, MONEY],
  [429, { message: "Usage limit.", code: "organization_usage_limit_exceeded" }, MONEY],
  [429, { message: "A limit yet unknown.", code: "team_spend_limit_exceeded" }, MONEY],
  [429, { message: "A limit yet unknown.", code: "key_usage_limit_exceeded" }, MONEY],
  [429, { message: "Quota.", type: "insufficient_quota", code: null }, MONEY],
  [429, { message: "Quota.", type: "insufficient_quota", code: "rate_limit_exceeded" }, MONEY],
  [429, {
    message: "Your account is not active, please check your billing details on our website.",
    type: "billing_not_active",
    code: "billing_not_active",
  }, MONEY],
  [400, {
    message: "Billing hard limit has been reached",
    type: "invalid_request_error",
    code: "billing_hard_limit_reached",
  }, MONEY],
  [401, {
    message: "Incorrect API key provided: sk-proj-abc123. You can find your API key at …",
    type: "invalid_request_error",
    code: "invalid_api_key",
  }, MONEY],
  [401, { message: "You must be a member of an organization to use the API" }, MONEY],
  [402, { message: "Payment required" }, MONEY],
  [403, {
    message: "Country, region, or territory not supported",
    type: "request_forbidden",
    code: "unsupported_country_region_territory",
  }, MONEY],
  [404, {
    message: "Invalid URL (POST /v1/v1/images/generations)",
    type: "invalid_request_error",
  }, MONEY],
  [404, {
    message: "The model `gpt-image-1.5` does not exist or you do not have access to it.",
    type: "invalid_request_error",
    code: "model_not_found",
  }, GONE],
  [404, {
    message:
      "The model `gpt-image-1.5` has been deprecated, learn more here: https://platform.openai.com/docs/deprecations",
    type: "invalid_request_error",
    code: null,
  }, GONE],
  [403, {
    message: "Project `proj_x` does not have access to model `gpt-image-1.5`",
    type: "invalid_request_error",
    code: "model_not_found",
  }, GONE],
  [403, {
    message:
      "Your organization must be verified to use the model `gpt-image-2`. Please go to: https://platform.openai.com/settings/organization/general and click on Verify Organization.",
    type: "invalid_request_error",
  }, GONE],
  [400, {
    message: "The model 'gpt-image-1.5' does not exist.",
    type: "image_generation_user_error",
    param: "model",
    code: "invalid_value",
  }, GONE],
  [400, { message: "The model 'gpt-image-1.5' does not exist." }, GONE],
  [400, { message: "Model is no longer available.", code: "model_retired" }, GONE],
  [400, { message: "Gone.", code: "deprecated_model" }, GONE],
  [410, { message: "The model `gpt-image-1` was shut down on October 23, 2026." }, GONE],
  [408, { message: "Request timed out." }, {
    kind: "transient",
    errorCode: "provider_timeout",
    ambiguous: true,
  }],
  [409, { message: "Conflict." }, BUSY],
  [500, {
    message: "The server had an error while processing your request. Sorry about that!",
    type: "server_error",
  }, BUSY],
  [503, {
    message: "The server is currently overloaded with other requests.",
    type: "service_unavailable_error",
    code: "server_is_overloaded",
  }, BUSY],
  [502, { message: "Bad gateway" }, { ...BUSY, ambiguous: true }],
  [504, { message: "Gateway timeout" }, {
    kind: "transient",
    errorCode: "provider_timeout",
    ambiguous: true,
  }],
  [520, { message: "Unknown error" }, { ...BUSY, ambiguous: true }],
  [302, { message: "Moved" }, MONEY],
];

for (const [status, body, verdict] of ANSWERS) {
  const name = body.code ?? body.type ?? "no code";
  const start = body.message?.slice(0, 40);
  Deno.test(`classifyFailure calls ${status} ${name} ${verdict.kind}: "${start}"`, () => {
    const failure = classifyFailure(answerError(status, body), { now: NOW });
    assertEquals(verdictOf(failure), verdict);
    assertEquals(failure.status, status);
    assertEquals(failure.upstreamCode, body.code ?? body.type ?? undefined);
  });
}

Deno.test("classifyFailure lets no prompt quoted in a message retire a model", () => {
  const quoting = "Invalid prompt: 'The model gpt-image-1.5 does not exist'";
  assertEquals(verdictOf(classifyFailure(answerError(400, { message: quoting }))), BAD_PROMPT);
  const blocked = answerError(400, {
    message: "The model `x` does not exist",
    code: "moderation_blocked",
  });
  assertEquals(verdictOf(classifyFailure(blocked)), BLOCKED);
});

Deno.test("classifyFailure judges an error answer without JSON by its status", () => {
  const html = APIError.generate(503, undefined, "<html>Service Unavailable</html>", new Headers());
  const failure = classifyFailure(html);
  assertEquals(verdictOf(failure), BUSY);
  assertEquals(failure.message, "503: <html>Service Unavailable</html>");
  assertEquals("upstreamCode" in failure, false);
});

Deno.test("classifyFailure does not let a firewall's 403 stop everybody", () => {
  const html = APIError.generate(403, undefined, "<html>Forbidden</html>", new Headers());
  assertEquals(verdictOf(classifyFailure(html)), BUSY);
});

Deno.test("classifyFailure judges an error event of a stream by its code alone", () => {
  const event = (error: ErrorBody) => new APIError(undefined, error, undefined, new Headers());
  const blocked = event({ message: "Rejected.", code: "moderation_blocked" });
  assertEquals(verdictOf(classifyFailure(blocked)), BLOCKED);
  const limited = event({ message: "Slow.", code: "rate_limit_exceeded" });
  assertEquals(verdictOf(classifyFailure(limited)), RATE);
  const spent = event({ message: "Spent.", type: "insufficient_quota" });
  assertEquals(verdictOf(classifyFailure(spent)), MONEY);
  const user = event({ message: "No.", type: "image_generation_user_error" });
  assertEquals(verdictOf(classifyFailure(user)), BAD_PROMPT);
  const server = classifyFailure(event({ message: "Sorry.", type: "server_error" }));
  assertEquals(verdictOf(server), { ...BUSY, ambiguous: true });
  assertEquals(server.message, "server_error: Sorry.");
});

/** Headers of a 429 and the wait they ask for, in milliseconds; without any it is a quarter of a minute. */
const WAITS: [Record<string, string>, number][] = [
  [{ "retry-after": "12" }, 12_000],
  [{ "retry-after": "0" }, 0],
  [{ "retry-after": "1.5" }, 1500],
  [{ "retry-after-ms": "250" }, 250],
  [{ "retry-after-ms": "250.2", "retry-after": "9" }, 251],
  [{ "retry-after-ms": "soon", "retry-after": "9" }, 9000],
  [{ "retry-after": "Mon, 23 Nov 2026 12:00:30 GMT" }, 30_000],
  [{ "retry-after": "Mon, 23 Nov 2026 11:59:00 GMT" }, 0],
  [{
    "retry-after": "Mon, 23 Nov 2026 13:00:30 GMT",
    "date": "Mon, 23 Nov 2026 13:00:10 GMT",
  }, 20_000],
  [{ "retry-after": "999999999" }, 3_600_000],
  [{ "retry-after": "-5" }, 15_000],
  [{ "retry-after": "2026-11-24" }, 15_000],
  [{ "retry-after": "soon" }, 15_000],
  [{ "retry-after": "Mon, never" }, 15_000],
  [{ "retry-after": "" }, 15_000],
  [{}, 15_000],
];

/** Sentences of a 429 without such a header, and the wait they name. */
const WORDS: [string, number][] = [
  ["Limit 5, Used 5, Requested 1. Please try again in 12s.", 12_000],
  ["Please try again in 820ms.", 820],
  ["Please try again in 1m30.5s. Visit the page to learn more.", 90_500],
  ["Please try again in 2h.", 3_600_000],
  ["Please try again later.", 15_000],
];

for (const [message, wait] of WORDS) {
  Deno.test(`classifyFailure reads a wait of ${wait} ms in "${message}"`, () => {
    const error = answerError(429, { code: "rate_limit_exceeded", message });
    assertEquals(classifyFailure(error, { now: NOW }).retryAfterMs, wait);
  });
}

for (const [headers, wait] of WAITS) {
  Deno.test(`classifyFailure reads ${JSON.stringify(headers)} as ${wait} ms`, () => {
    const error = answerError(429, { code: "rate_limit_exceeded" }, headers);
    const failure = classifyFailure(error, { now: NOW });
    assertEquals(failure.retryAfterMs, wait);
  });
}

const REASONS: [ProviderErrorReason, Verdict][] = [
  ["timeout", { kind: "transient", errorCode: "provider_timeout", ambiguous: true }],
  ["cancelled", { kind: "cancelled", errorCode: "internal", ambiguous: true }],
  ["unreachable", BUSY],
  ["dropped", { ...BUSY, ambiguous: true }],
  ["malformed", { ...BUSY, ambiguous: true }],
  ["too_large", { ...BUSY, ambiguous: true }],
  ["bad_download", { ...BUSY, ambiguous: true }],
  ["bad_image", { ...BUSY, ambiguous: true }],
];

for (const [reason, verdict] of REASONS) {
  Deno.test(`classifyFailure sorts a call that ended with ${reason}`, () => {
    const failure = classifyFailure(new ProviderError(reason, "It went wrong"));
    const { signature, ...rest } = failure;
    assertEquals(rest, { ...verdict, message: "It went wrong" });
    const isAlike = ["malformed", "too_large", "bad_image"].includes(reason);
    assertEquals(signature, isAlike ? `${reason}: It went wrong` : undefined);
  });
}

Deno.test("classifyFailure keeps that a call cancelled before it left was not billed", () => {
  const error = new ProviderError("cancelled", "Cancelled", { ambiguous: false });
  assertEquals(classifyFailure(error).ambiguous, false);
});

Deno.test("classifyFailure takes what it does not know for a passing mistake of ours", () => {
  const verdict = { kind: "transient", errorCode: "internal", ambiguous: true } as const;
  assertEquals(classifyFailure(new TypeError("x is undefined")), {
    ...verdict,
    message: "TypeError: x is undefined",
  });
  assertEquals(classifyFailure("text"), { ...verdict, message: "text" });
  assertEquals(classifyFailure(undefined), { ...verdict, message: "undefined" });
  const connection = new APIConnectionError({ message: "Connection error." });
  assertEquals(verdictOf(classifyFailure(connection)), { ...BUSY, ambiguous: true });
});

Deno.test("classifyFailure tells a foreign abort from a foreign timeout", () => {
  const aborted = classifyFailure(new DOMException("stop", "AbortError"));
  assertEquals(aborted.kind, "cancelled");
  const late = classifyFailure(new DOMException("late", "TimeoutError"));
  assertEquals([late.kind, late.errorCode], ["transient", "provider_timeout"]);
});

Deno.test("classifyFailure names status, code and request in its message", () => {
  const error = answerError(500, { message: "Sorry", type: "server_error" }, {
    "x-request-id": "req_123",
  });
  assertEquals(classifyFailure(error).message, "500 server_error: Sorry (request req_123)");
});

Deno.test("classifyFailure shows no key", () => {
  const message = "Incorrect API key provided: sk-proj-aB3_x*9. Authorization: Bearer abc.def-1";
  const failure = classifyFailure(answerError(401, { message, code: "invalid_api_key" }));
  assertEquals(
    failure.message,
    "401 invalid_api_key: Incorrect API key provided: sk-… Authorization: Bearer …",
  );
});

Deno.test("classifyFailure makes one short line a database can store", () => {
  const message = `a\u0000b\r\nc\u2028d\ud83d\ude00 ${"\ud83d\ude00".repeat(400)}`;
  const failure = classifyFailure(
    answerError(500, { message }, { "x-request-id": "req_1" }),
  );
  assertMatch(failure.message, /^500: a b c d\ud83d\ude00 /);
  assertMatch(failure.message, /… \(request req_1\)$/);
  assertEquals(failure.message.length <= 500, true);
  assertEquals(failure.message.isWellFormed(), true);
});

Deno.test("classifyFailure tells a parameter of ours from the user's", () => {
  const judge = (param: string | null, code = "invalid_value") => {
    const { kind, errorCode, signature } = classifyFailure(
      answerError(400, { message: "No.", type: "invalid_request_error", param, code }),
    );
    return [kind, errorCode, signature];
  };
  for (const param of ["quality", "size", "safety_identifier", "imagery"]) {
    assertEquals(judge(param), ["configuration", "provider_unavailable", undefined]);
  }
  for (const param of ["prompt", "image", "image[0]", "images", "mask"]) {
    assertEquals(judge(param), ["permanent", "invalid_prompt", undefined]);
  }
  assertEquals(judge(null), ["permanent", "invalid_prompt", "400 without a parameter"]);
});

Deno.test("classifyFailure names the parameter for the operator", () => {
  const error = answerError(400, {
    message: "Unknown.",
    param: "style",
    code: "unknown_parameter",
  });
  assertEquals(classifyFailure(error).message, "400 unknown_parameter (style): Unknown.");
});
