/** What the codes in OpenAI's error bodies mean, whatever status they come with. */

/** The part of an error answer that says what is wrong; absent fields are `undefined` or `null`. */
export interface ErrorAnswer {
  status?: number | undefined;
  code?: string | null | undefined;
  type?: string | null | undefined;
  param?: string | null | undefined;
  /** The API's own sentence, without the status in front of it. */
  message: string;
}

/** What kind of trouble a code names. */
export type ErrorFamily = "moderation" | "money" | "model_gone" | "rate";

/**
 * Nothing is drawn before a person has acted: billing, spend and usage limits, and an account or
 * key that is not accepted. https://platform.openai.com/docs/guides/error-codes
 */
const MONEY_CODES = new Set([
  "insufficient_quota",
  "credit_balance_exhausted",
  "billing_hard_limit_reached",
  "billing_not_active",
  "account_deactivated",
  "access_terminated",
  "invalid_api_key",
  "ip_not_authorized",
]);
const MONEY_CODE = /_(spend|usage)_limit_(exceeded|reached)$/;

const MODERATION_CODES = new Set([
  "moderation_blocked",
  "content_policy_violation",
  "content_filter",
]);

/** OpenAI's sentence of a blocked prompt, which also comes without a code. */
const MODERATION_MESSAGE =
  /^your request was rejected (as a result of|by) (our|the) safety system/i;

const RATE_CODES = new Set(["rate_limit_exceeded", "slow_down"]);

const MODEL_GONE_CODES = new Set(["model_not_found", "deployment_not_found"]);
const MODEL_GONE_CODE =
  /^(model_(deprecated|retired|removed|sunset|shut_?down|decommissioned)|(deprecated|retired)_model)$/;
/**
 * A sentence about the model. It has to begin with the model: a message may quote the prompt
 * further on, and a prompt must not be able to retire a model.
 */
const MODEL_GONE_MESSAGE =
  /^(the |this |your organization must be verified to use the )?(requested )?model\b.{0,200}?(does not exist|not found|no longer (available|supported)|(is|was|has been) (deprecated|retired|shut ?down|removed|decommissioned)|please go to)/i;
/** Statuses such a sentence comes with. */
const MODEL_GONE_STATUSES = new Set([400, 403, 404, 410]);

/** The family an error answer's own words put it in; `undefined` when only its status is left to judge by. */
export function familyOf(answer: ErrorAnswer): ErrorFamily | undefined {
  const words = [answer.code, answer.type].filter((word) => typeof word === "string");
  if (words.some((word) => MODERATION_CODES.has(word))) return "moderation";
  if (MODERATION_MESSAGE.test(answer.message)) return "moderation";
  if (words.some((word) => MONEY_CODES.has(word) || MONEY_CODE.test(word))) return "money";
  if (isModelGone(answer, words)) return "model_gone";
  if (words.some((word) => RATE_CODES.has(word))) return "rate";
  return undefined;
}

function isModelGone({ status, param, message }: ErrorAnswer, words: string[]): boolean {
  if (words.some((word) => MODEL_GONE_CODES.has(word) || MODEL_GONE_CODE.test(word))) return true;
  if (status === undefined || !MODEL_GONE_STATUSES.has(status)) return false;
  return param === "model" || MODEL_GONE_MESSAGE.test(message);
}
