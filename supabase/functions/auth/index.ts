/** Wires the auth function to its settings, its database and its Redis, and serves it. */
import { createAccessTokens } from "../_shared/auth/access_token.ts";
import { createRateLimitStore } from "../_shared/db/rate_limit_store.ts";
import { createRpcClient } from "../_shared/db/rpc.ts";
import { createRateLimiter } from "../_shared/limits/rate_limiter.ts";
import { createGuardedRedis } from "../_shared/limits/redis_client.ts";
import { createEventCounter } from "../_shared/observability/event_counter.ts";
import { createLogger } from "../_shared/observability/log.ts";
import { createRuntime } from "../_shared/platform/create_runtime.ts";
import { readAuthConfig } from "./config.ts";
import { createAuthApp } from "./handler.ts";

const runtime = createRuntime();
const config = readAuthConfig(runtime.env);
const db = createRpcClient({ ...config.supabase, fetch: runtime.fetch });
const log = createLogger(runtime, { function: "auth" });
const limiter = createRateLimiter({
  redis: createGuardedRedis(config.redis, { runtime, log }),
  db: createRateLimitStore(db),
  prefix: "pixelpop",
  asksBoth: true,
});
const { accessTokenKey: key, supabase: { url: supabaseUrl } } = config;
const accessTokens = createAccessTokens({ key, supabaseUrl, now: runtime.now });
const events = createEventCounter({ name: "auth", db, runtime, log });
const app = createAuthApp({
  ...config,
  runtime,
  accessTokens,
  refreshKey: key,
  db,
  limiter,
  events,
});
runtime.serve(app.fetch);
