/** The limiter of logins and refreshes, as it is deployed: Redis, and Postgres beside it. */
import type { RedisConfig } from "../_shared/config/redis.ts";
import { createRateLimitStore } from "../_shared/db/rate_limit_store.ts";
import type { RpcClient } from "../_shared/db/rpc.ts";
import { createRateLimiter } from "../_shared/limits/rate_limiter.ts";
import { createGuardedRedis } from "../_shared/limits/redis_client.ts";
import { createLogger } from "../_shared/observability/log.ts";
import type { Runtime } from "../_shared/platform/runtime.ts";
import type { AttemptLimiter } from "./attempt_limits.ts";

/** Makes the limiter; without a Redis it asks Postgres alone. */
export function createAttemptLimiter(
  redis: RedisConfig | undefined,
  { db, runtime }: { db: RpcClient; runtime: Runtime },
): AttemptLimiter {
  const log = createLogger(runtime, { function: "auth" });
  return createRateLimiter({
    redis: createGuardedRedis(redis, { runtime, log }),
    db: createRateLimitStore(db),
    prefix: "pixelpop",
    asksBoth: true,
  });
}
