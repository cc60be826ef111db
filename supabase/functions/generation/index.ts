/** Wires the generation function to its settings, its database and its Redis, and serves it. */
import { createAccessTokens } from "../_shared/auth/access_token.ts";
import { createRateLimitStore } from "../_shared/db/rate_limit_store.ts";
import { createRpcClient } from "../_shared/db/rpc.ts";
import { createIdempotencyMarker } from "../_shared/limits/idempotency_marker.ts";
import { createRateLimiter } from "../_shared/limits/rate_limiter.ts";
import { createGuardedRedis } from "../_shared/limits/redis_client.ts";
import { createLogger } from "../_shared/log.ts";
import { createRuntime } from "../_shared/runtime.ts";
import { readGenerationConfig } from "./config.ts";
import { createGenerationHandler } from "./handler.ts";
import { createObjectDeleter } from "./object_deleter.ts";
import { createTuning } from "./tuning.ts";

const runtime = createRuntime();
const config = readGenerationConfig(runtime.env);
const db = createRpcClient({ ...config.supabase, fetch: runtime.fetch });
const log = createLogger(runtime, { function: "generation" });
const redis = createGuardedRedis(config.redis, { runtime, log });
const limiter = createRateLimiter({ redis, db: createRateLimitStore(db), prefix: "pixelpop" });
const marker = createIdempotencyMarker({ redis, runtime, prefix: "pixelpop" });
const accessTokens = createAccessTokens({ ...config.accessTokens, now: runtime.now });
const tuning = createTuning({ db, runtime });
const deleteObject = createObjectDeleter(config.storage, runtime);
const deps = { ...config, runtime, accessTokens, db, redis, limiter, marker, tuning, deleteObject };

runtime.serve(createGenerationHandler(deps));
