/** OpenAI's errors: status, type, code and message, as its API words them. */

/** A refusal; its JSON is the body of the answer. */
export class OpenAiError extends Error {
  override name = "OpenAiError";
  readonly status: number;
  readonly type: string;
  readonly code: string | null;
  readonly param: string | null;
  /** Seconds for the `retry-after` header. */
  readonly retryAfter: number | null;

  constructor(
    message: string,
    { status, type = "invalid_request_error", code = null, param = null, retryAfter = null }: {
      status: number;
      type?: string;
      code?: string | null;
      param?: string | null;
      retryAfter?: number | null;
    },
  ) {
    super(message);
    this.status = status;
    this.type = type;
    this.code = code;
    this.param = param;
    this.retryAfter = retryAfter;
  }

  toJSON(): Record<string, unknown> {
    const { message, type, param, code } = this;
    return { error: { message, type, param, code } };
  }
}

/** What OpenAI's guide to error codes says of each, and what is seen of them on the wire. */
const BY_CODE: Record<string, { type: string; message: string }> = {
  "rate_limit_exceeded": {
    type: "requests",
    message: "Rate limit reached on images per min. Please slow down and try again later.",
  },
  "slow_down": {
    type: "rate_limit_error",
    message: "Your request rate rose too fast. Please slow down.",
  },
  "insufficient_quota": quota("You exceeded your current quota."),
  "credit_balance_exhausted": quota("Your organization has no prepaid credits remaining."),
  "organization_spend_limit_exceeded": quota("Your organization reached its spend limit."),
  "project_spend_limit_exceeded": quota("Your project reached its spend limit."),
  "organization_usage_limit_exceeded": quota("Your organization reached its usage limit."),
  "billing_hard_limit_reached": {
    type: "invalid_request_error",
    message: "Billing hard limit has been reached",
  },
  "moderation_blocked": {
    type: "image_generation_user_error",
    message: "Your request was rejected by the safety system. If you believe this is an error, " +
      "contact us at help.openai.com and include the request ID.",
  },
  "model_not_found": {
    type: "invalid_request_error",
    message: "The model does not exist or you do not have access to it.",
  },
  "invalid_api_key": {
    type: "invalid_request_error",
    message: "Incorrect API key provided.",
  },
  "server_is_overloaded": {
    type: "service_unavailable_error",
    message: "Our servers are currently overloaded. Please try again later.",
  },
};

/** The code a status usually comes with. */
const USUAL_CODE: Record<number, string> = {
  401: "invalid_api_key",
  404: "model_not_found",
  429: "rate_limit_exceeded",
  503: "server_is_overloaded",
};

function quota(message: string): { type: string; message: string } {
  return {
    type: "insufficient_quota",
    message: `${message} Please check your plan and billing details.`,
  };
}

/** The error of a status and, where given, a code; `type` and `message` override OpenAI's. */
export function makeError(
  { status, code = USUAL_CODE[status] ?? null, type, message, param = null, retryAfter = null }: {
    status: number;
    code?: string | null;
    type?: string;
    message?: string;
    param?: string | null;
    retryAfter?: number | null;
  },
): OpenAiError {
  const known = BY_CODE[code ?? ""] ?? {
    type: status >= 500 ? "server_error" : "invalid_request_error",
    message: status >= 500
      ? "The server had an error while processing your request. Sorry about that!"
      : "Your request was invalid.",
  };
  return new OpenAiError(message ?? known.message, {
    status,
    code,
    type: type ?? known.type,
    param,
    retryAfter,
  });
}
