/** Wires the worker function to its settings, its database, its bucket and its provider, and serves it. */
import { createRpcClient } from "../_shared/db/rpc.ts";
import { createEventCounter } from "../_shared/observability/event_counter.ts";
import { createRuntime } from "../_shared/platform/create_runtime.ts";
import { readWorkerFunctionConfig } from "./config.ts";
import { createWorkerApp } from "./handler.ts";
import { readMetrics } from "./metrics.ts";
import { createWorker } from "./worker.ts";

const runtime = createRuntime();
const config = readWorkerFunctionConfig(runtime.env);
const worker = createWorker(config, runtime);
const db = createRpcClient({ ...config.supabase, fetch: runtime.fetch });

runtime.onShutdown(() => worker.shutDown());
const app = createWorkerApp({
  runtime,
  secret: config.worker.secret,
  worker,
  readMetrics: () => readMetrics(db),
  events: createEventCounter({ name: "worker", db, runtime }),
});
runtime.serve(app.fetch);
