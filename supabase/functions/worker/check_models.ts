/** Asks the provider once a day which of the configured models it still has, and until when. */
import type { WorkerStore } from "../_shared/generations/worker_store.ts";
import type { Logger } from "../_shared/observability/log.ts";
import { listModels } from "../_shared/openai/list_models.ts";
import type { Runtime } from "../_shared/platform/runtime.ts";

/** What a check works with. */
export interface ModelCheckDeps {
  apiKey: string;
  baseUrl: string | undefined;
  /** The configured models. */
  models: readonly string[];
  store: Pick<WorkerStore, "claimModelCheck" | "recordModels">;
  fetch: typeof fetch;
  runtime: Pick<Runtime, "now">;
  log: Pick<Logger, "warn">;
}

/** How often an instance asks the database whether it is its turn, in milliseconds. */
const ASK_EVERY_MS = 60 * 60 * 1000;

/** Makes the check of one instance: to be called with every ring, it does nothing but once in a while. Never throws. */
export function createModelCheck(deps: ModelCheckDeps): () => Promise<void> {
  const { models, store, runtime, log } = deps;
  let askedAt = -Infinity;

  return async () => {
    if (runtime.now() - askedAt < ASK_EVERY_MS) return;
    askedAt = runtime.now();
    try {
      if (!await store.claimModelCheck()) return;
      const listed = await listModels(deps);
      await store.recordModels(models.map((model) => ({
        model,
        is_listed: listed.has(model),
        shutdown_date: listed.get(model) ?? null,
      })));
    } catch (error) {
      // What is known stays; tomorrow it is asked again.
      log.warn("model_check_failed", { error });
    }
  };
}
