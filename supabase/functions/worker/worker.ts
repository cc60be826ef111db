/** One worker instance: the dispatcher, its leases and its jobs, and how they end together. */
import { createModelCheck } from "./check_models.ts";
import type { Quality } from "../_shared/generations/generation.ts";
import { createRpcClient } from "../_shared/db/rpc.ts";
import { createWorkerStore } from "../_shared/generations/worker_store.ts";
import { createLogger } from "../_shared/observability/log.ts";
import { createImageProvider } from "../_shared/openai/images.ts";
import type { Runtime } from "../_shared/platform/runtime.ts";
import { createBotApi } from "../_shared/telegram/bot_api.ts";
import { createUnpooledFetch } from "../_shared/platform/unpooled_fetch.ts";
import { createObjectStore } from "../_shared/storage/object_store.ts";
import type { WorkerFunctionConfig } from "./config.ts";
import { createLeaseKeeper } from "./leases.ts";
import { createPreviewMaker } from "./preview_maker.ts";
import { createDispatcher, type Dispatcher } from "./dispatcher.ts";
import { removeObjects } from "./remove_objects.ts";
import { createRunJob } from "./run_job.ts";
import { sendBotMessages } from "./send_bot_messages.ts";

/** A worker instance. */
export interface Worker extends Pick<Dispatcher, "idle"> {
  /**
   * Looks for work, now and until there is none. Never waits, never throws.
   *
   * @param options.tidy Also removes pictures and sends messages that are due. @default true
   */
  ring(options?: { tidy: boolean }): void;
  /** Claims nothing more and gives unfinished jobs back; resolves once the database knows. */
  shutDown(): Promise<void>;
}

/** How long after a ring jobs are claimed: well below half of the shortest wall clock (150 s) on offer. */
const CLAIM_WINDOW_MS = 30_000;

/**
 * The platform ends an instance that uses 2 s of processor time for a request, and paid calls die with it: a
 * ring takes in what costs about 1.2 s, at 16 ms a megabyte (`deno task bench cost`).
 */
const RING_BYTES = 75_000_000;
/** Of the 256 MB of an instance, about 100 MB are its code and libraries; a picture is held twice at its peak. */
const MEMORY_BYTES = 64_000_000;

/** The instance is about to end. */
class ShutdownError extends Error {
  override name = "ShutdownError";
}

/**
 * Makes a worker at rest.
 *
 * @param options.random A number in [0, 1), for the jitter of retries.
 */
export function createWorker(
  config: WorkerFunctionConfig,
  runtime: Runtime,
  options: { random: () => number } = { random: Math.random },
): Worker {
  const log = createLogger(runtime, { function: "worker" });
  const db = createRpcClient({ ...config.supabase, fetch: runtime.fetch });
  const fetchOnce = createUnpooledFetch(runtime.fetch);
  const dbOnce = createRpcClient({ ...config.supabase, fetch: fetchOnce });
  const store = createWorkerStore({ db, dbOnce, workerId: crypto.randomUUID(), runtime });
  const objects = createObjectStore({ ...config.storage, fetch: runtime.fetch });
  const provider = createImageProvider({
    apiKey: config.openai.apiKey,
    baseUrl: config.openai.baseUrl,
    timeoutMs: toMilliseconds(config.openai.timeoutSeconds),
    fetch: runtime.fetch,
    now: runtime.now,
  });
  const botApi = config.bot && createBotApi({ ...config.bot, fetch: fetchOnce });
  const leases = createLeaseKeeper({ store, runtime, log });
  const previewMaker = createPreviewMaker({ runtime, log });
  const runJob = createRunJob({
    store,
    leases,
    objects,
    generate: { provider, models: config.openai.models },
    previewMaker,
    runtime,
    random: options.random,
    log,
  });
  const checkModels = createModelCheck({ ...config.openai, store, fetch: fetchOnce, runtime, log });
  const dispatcher = createDispatcher({
    store,
    runJob,
    runtime,
    log,
    capacity: config.worker.concurrency,
    claimWindowMs: CLAIM_WINDOW_MS,
    ringBytes: RING_BYTES,
    memoryBytes: MEMORY_BYTES,
  });
  return {
    idle: dispatcher.idle,
    ring({ tidy } = { tidy: true }) {
      previewMaker.renew();
      dispatcher.ring();
      if (!tidy) return;
      runtime.waitUntil(removeObjects({ store, objects, log }));
      runtime.waitUntil(checkModels());
      if (botApi !== undefined) {
        const appUrl = config.bot?.appUrl;
        runtime.waitUntil(sendBotMessages({ db: dbOnce, botApi, appUrl, log }));
      }
    },
    async shutDown() {
      dispatcher.stop();
      leases.abandon(new ShutdownError("The instance is shutting down"));
      await dispatcher.idle();
    },
  };
}

function toMilliseconds(seconds: Readonly<Record<Quality, number>>): Record<Quality, number> {
  return { low: seconds.low * 1000, medium: seconds.medium * 1000, high: seconds.high * 1000 };
}
