/** Settings: who may ring the worker and how much it does at a time. */
import type { EnvironmentReader } from "./read_config.ts";

/** The worker's own settings. */
export interface WorkerConfig {
  /** What the webhook sends in its `apikey` header. */
  secret: string;
  /** Generations one worker instance works on at the same time. */
  concurrency: number;
}

/** Reads `WORKER_SECRET` and `WORKER_CONCURRENCY` (default 16). */
export function readWorkerConfig(env: EnvironmentReader): WorkerConfig {
  return {
    secret: env.text("WORKER_SECRET", {
      wanted: "a secret of at least 16 characters without spaces",
      accepts: (value) => /^[\x21-\x7e]{16,}$/.test(value),
      secret: true,
    }),
    concurrency: env.integer("WORKER_CONCURRENCY", { min: 1, max: 256, fallback: 16 }),
  };
}
