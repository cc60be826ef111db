/** Wires the generation function to its settings, its database and its Redis, and serves it. */
import { createAccessTokens } from "../_shared/auth/access_token.ts";
import { createRpcClient } from "../_shared/db/rpc.ts";
import { createEventCounter } from "../_shared/observability/event_counter.ts";
import { createRuntime } from "../_shared/platform/create_runtime.ts";
import { createAdmissionDeps } from "./admission_deps.ts";
import { readGenerationConfig } from "./config.ts";
import { createGenerationApp } from "./handler.ts";
import { rememberTokens } from "./known_tokens.ts";
import { createObjectDeleter } from "./object_deleter.ts";
import { createSubmissionBatches } from "./submission_batches.ts";

const runtime = createRuntime();
const config = readGenerationConfig(runtime.env);
const db = createRpcClient({ ...config.supabase, fetch: runtime.fetch });
const { accessTokenKey: key, supabase: { url: supabaseUrl }, corsOrigins } = config;
const tokens = createAccessTokens({ key, supabaseUrl, now: runtime.now });
const accessTokens = rememberTokens(tokens, { runtime });
const deleteObject = createObjectDeleter(config.storage, runtime);
const admission = createAdmissionDeps({ redis: config.redis, db, runtime });
const sendSubmission = createSubmissionBatches({ db, runtime });
const events = createEventCounter({ name: "generation", db, runtime });
const wiring = { runtime, db, events, corsOrigins, accessTokens };

runtime.serve(createGenerationApp({ ...admission, ...wiring, sendSubmission, deleteObject }).fetch);
