/** What each error of the contract means, with a message as a client may read it. */
import type { ErrorCode } from "../../supabase/functions/_shared/http/errors.ts";

/** A message for the examples, by code. */
export const EXAMPLE_MESSAGES: Readonly<Record<ErrorCode, string>> = {
  invalid_request: 'Cannot accept the request: "prompt" is missing',
  invalid_init_data: "Invalid initData: the hash does not fit",
  expired_init_data: "The initData has expired: open the app again",
  invalid_refresh_token: "The refresh token is not valid: log in again",
  unauthorized: "Invalid access token",
  insufficient_credits: "Not enough credits: 4 are needed",
  not_found: "No such generation",
  method_not_allowed: "Method not allowed here: wanted one of POST, OPTIONS",
  already_started: "The generation has started already",
  idempotency_conflict: "The Idempotency-Key was used with another request",
  payload_too_large: "Cannot read the body: it is longer than 65536 bytes",
  rate_limited: "Too many generations: 10 a minute are allowed",
  too_many_pending: "Too many unfinished generations",
  too_many_blocked: "Too many blocked prompts: wait a while",
  internal: "The request failed for a reason on our side",
  generation_paused: "Generation is paused for the moment: nothing was charged",
};
