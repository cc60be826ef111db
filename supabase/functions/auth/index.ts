/** Wires the auth function to its settings, its database and its Redis, and serves it. */
import { createAccessTokens } from "../_shared/auth/access_token.ts";
import { createRpcClient } from "../_shared/db/rpc.ts";
import { createEventCounter } from "../_shared/observability/event_counter.ts";
import { createRuntime } from "../_shared/platform/create_runtime.ts";
import { readAuthConfig } from "./config.ts";
import { createAuthApp } from "./handler.ts";
import { createAttemptLimiter } from "./limiter.ts";

const runtime = createRuntime();
const config = readAuthConfig(runtime.env);
const db = createRpcClient({ ...config.supabase, fetch: runtime.fetch });
const limiter = createAttemptLimiter(config.redis, { db, runtime });
const { accessTokenKey: key, supabase: { url: supabaseUrl } } = config;
const accessTokens = createAccessTokens({ key, supabaseUrl, now: runtime.now });
const events = createEventCounter({ name: "auth", db, runtime });
const wiring = { runtime, db, limiter, events, accessTokens, refreshKey: key };

runtime.serve(createAuthApp({ ...config, ...wiring }).fetch);
