/** The rate limiter in Postgres, as the shared limiter asks for it. */
import type { RateLimitRule, RateLimitStore } from "../limits/rate_limiter.ts";
import type { RpcClient } from "./rpc.ts";

/** Makes the store over the SQL functions `take_rate_limit_token` and `read_rate_limit`. */
export function createRateLimitStore(db: RpcClient): RateLimitStore {
  return {
    takeRateLimitToken: (rule) => db.rpc("take_rate_limit_token", argumentsOf(rule)),
    readRateLimit: (rule) => db.rpc("read_rate_limit", argumentsOf(rule)),
  };
}

function argumentsOf({ name, identifier, limit }: RateLimitRule) {
  return { rule_name: name, identifier, tokens_per_minute: limit };
}
