/** The rate limiter in Postgres, as the shared limiter asks for it. */
import type { RateLimitStore } from "../limits/rate_limiter.ts";
import type { RpcClient } from "./rpc.ts";

/** Makes the store that takes its tokens by the SQL function `take_rate_limit_token`. */
export function createRateLimitStore(db: RpcClient): RateLimitStore {
  return {
    takeRateLimitToken: ({ name, identifier, limit }) =>
      db.rpc("take_rate_limit_token", {
        rule_name: name,
        identifier,
        tokens_per_minute: limit,
      }),
  };
}
