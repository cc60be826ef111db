/** Turns what a call to the image provider threw into an error that says what happened. */
import { APIConnectionError, APIConnectionTimeoutError, APIError, APIUserAbortError } from "openai";
import type { Deadline } from "../concurrency/deadline.ts";
import { ImageError } from "../images/image_error.ts";
import type { ImageCall } from "./image_call.ts";
import { ProviderError } from "./provider_error.ts";

/** What is known of the call that threw. */
export interface ExplainErrorOptions {
  ended: Deadline["ended"];
  call: Pick<ImageCall, "isSent" | "requestId" | "contentType">;
  timeoutMs: number;
}

/**
 * Gives an error answer of the API as it is, and a {@link ProviderError} for every other failure of
 * the call; an error that is none of the call's is given as it is.
 */
export function explainError(error: unknown, options: ExplainErrorOptions): unknown {
  const { ended, call, timeoutMs } = options;
  if (error instanceof APIError && error.status !== undefined) return error;
  if (ended === "cancelled" || (ended === undefined && error instanceof APIUserAbortError)) {
    const message = "The call was cancelled";
    return new ProviderError("cancelled", message, { cause: error, ambiguous: call.isSent });
  }
  if (ended === "timeout" || error instanceof APIConnectionTimeoutError) {
    return new ProviderError("timeout", `No picture within ${timeoutMs} ms`, { cause: error });
  }
  if (error instanceof ProviderError) return error;
  if (error instanceof ImageError) {
    return new ProviderError("bad_image", error.message, { cause: error });
  }
  if (error instanceof SyntaxError) {
    return new ProviderError("malformed", `The answer is malformed: ${error.message}`, {
      cause: error,
    });
  }
  if (error instanceof APIConnectionError) return explainConnectionError(error);
  if (error instanceof APIError || !call.isSent) return error;
  return new ProviderError("dropped", "The answer broke off", { cause: error });
}

function explainConnectionError(error: APIConnectionError): ProviderError {
  if (wasNeverConnected(error)) {
    return new ProviderError("unreachable", "Cannot connect to the provider", { cause: error });
  }
  return new ProviderError("dropped", "The connection dropped before the answer", { cause: error });
}

/**
 * Whether the connection failed before the request left. Deno says so only in the text of the error
 * or of one of its causes; any other text counts as sent.
 */
function wasNeverConnected(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause.message.includes("client error (Connect)")) return true;
  }
  return false;
}
