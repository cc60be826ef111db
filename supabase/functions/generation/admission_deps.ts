/** What admission works with, made of a Redis (or none) and the database. */
import type { RedisConfig } from "../_shared/config/redis.ts";
import { createRateLimitStore } from "../_shared/db/rate_limit_store.ts";
import type { RpcClient } from "../_shared/db/rpc.ts";
import { createIdempotencyMarker } from "../_shared/limits/idempotency_marker.ts";
import { createRateLimiter } from "../_shared/limits/rate_limiter.ts";
import { createGuardedRedis } from "../_shared/limits/redis_client.ts";
import { createLogger } from "../_shared/observability/log.ts";
import type { Runtime } from "../_shared/platform/runtime.ts";
import type { AdmissionDeps } from "./admission.ts";
import { createTuning } from "./tuning.ts";

/** Begins every key in Redis; the auth function shares it. */
const PREFIX = "pixelpop";

/** Makes them; `redis` is `undefined` where limits are kept in Postgres alone. */
export function createAdmissionDeps(
  { redis: config, db, runtime }: {
    redis: RedisConfig | undefined;
    db: RpcClient;
    runtime: Runtime;
  },
): AdmissionDeps {
  const log = createLogger(runtime, { function: "generation" });
  const redis = createGuardedRedis(config, { runtime, log });
  return {
    redis,
    limiter: createRateLimiter({ redis, db: createRateLimitStore(db), prefix: PREFIX }),
    marker: createIdempotencyMarker({ redis, runtime, prefix: PREFIX }),
    tuning: createTuning({ db, runtime }),
  };
}
