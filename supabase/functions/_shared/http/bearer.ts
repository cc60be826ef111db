/** Lets a request pass that carries a good access token, and says whose it is. */
import type { MiddlewareHandler } from "hono";
import type { AccessTokens, Caller } from "../auth/access_token.ts";
import { bearerToken } from "../auth/bearer.ts";
import type { BaseEnv } from "./app.ts";

/** What handlers behind `bearer` find in their context. */
export interface CallerEnv {
  Variables: BaseEnv["Variables"] & { caller: Caller };
}

/**
 * Makes the middleware: `app.get("/", bearer(accessTokens), (c) => … c.get("caller") …)`. The user's id
 * is noted in the request's log line; without a good token the answer is 401 `unauthorized`.
 */
export function bearer(accessTokens: Pick<AccessTokens, "verify">): MiddlewareHandler<CallerEnv> {
  return async (c, next) => {
    const caller = await accessTokens.verify(bearerToken(c.req.raw));
    c.set("caller", caller);
    c.get("note")({ user_id: caller.userId });
    await next();
    // A session that has ended is found out by SQL, which knows no headers.
    if (c.res.status === 401 && !c.res.headers.has("www-authenticate")) {
      c.header("www-authenticate", 'Bearer error="invalid_token"');
    }
  };
}
