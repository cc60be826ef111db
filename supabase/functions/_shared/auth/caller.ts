/** Who sends a request: the verified bearer token's user and session. */
import type { AccessTokens, Caller } from "./access_token.ts";
import { bearerToken } from "./bearer.ts";
import type { RequestContext } from "../http/request_handler.ts";

/**
 * Verifies the caller of a request and notes the user's id in its log line.
 *
 * @throws {AppError} `unauthorized` without a good bearer token.
 */
export async function requireCaller(
  context: Pick<RequestContext, "request" | "note">,
  accessTokens: Pick<AccessTokens, "verify">,
): Promise<Caller> {
  const caller = await accessTokens.verify(bearerToken(context.request));
  context.note({ user_id: caller.userId });
  return caller;
}
