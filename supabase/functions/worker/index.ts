/** Wires the worker function to its settings, its database, its bucket and its provider, and serves it. */
import { createRuntime } from "../_shared/platform/create_runtime.ts";
import { readWorkerFunctionConfig } from "./config.ts";
import { createWorkerApp } from "./handler.ts";
import { createWorker } from "./worker.ts";

const runtime = createRuntime();
const config = readWorkerFunctionConfig(runtime.env);
const worker = createWorker(config, runtime);

runtime.onShutdown(() => worker.shutDown());
runtime.serve(createWorkerApp({ runtime, secret: config.worker.secret, worker }).fetch);
