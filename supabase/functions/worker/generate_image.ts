/** One picture from the provider: the first model of the list that it still has. */
import type { ClaimedJob } from "../_shared/generations/worker_store.ts";
import type { Logger } from "../_shared/observability/log.ts";
import { classifyFailure, type ProviderFailure } from "../_shared/openai/failure.ts";
import type { GeneratedImage, ImageProvider } from "../_shared/openai/image_provider.ts";
import { firstUsable } from "../_shared/openai/models.ts";

/** The provider brought no picture; `failure` says what is to be done. */
export class GenerateImageError extends Error {
  override name = "GenerateImageError";
  constructor(
    readonly failure: ProviderFailure,
    readonly model: string | undefined,
    /** From the request to its failure, in milliseconds; `undefined` when nothing was asked. */
    readonly latencyMs: number | undefined,
    options: ErrorOptions,
  ) {
    super(failure.message, options);
  }
}

/** What generating works with. */
export interface GenerateImageDeps {
  provider: ImageProvider;
  /** In the order they are tried. */
  models: readonly string[];
  retireModel(model: string, modelsLeft: number): Promise<void>;
  log: Pick<Logger, "warn">;
  now(): number;
}

/**
 * Asks for a job's picture. A model the provider no longer has is recorded for all workers, and the next
 * of the list is asked within the same attempt.
 *
 * @throws {GenerateImageError}
 */
export async function generateImage(
  deps: GenerateImageDeps,
  { job, retired, signal, previews }: {
    job: ClaimedJob;
    retired: readonly string[];
    signal: AbortSignal;
    /** How many previews to ask for, and who takes them. */
    previews: { count: number; show(index: number, bytes: Uint8Array): void };
  },
): Promise<GeneratedImage> {
  const gone = [...retired];
  while (true) {
    const model = firstUsable(deps.models, gone);
    if (model === undefined) throw noModelLeft(deps.models);
    const askedAt = deps.now();
    try {
      return await deps.provider.generate({
        model,
        prompt: job.prompt,
        size: job.size,
        quality: job.quality,
        outputFormat: job.output_format,
        userId: job.user_id,
        partialImages: previews.count,
        onPartial: previews.show,
        signal,
      });
    } catch (cause) {
      const now = deps.now();
      const failure = classifyFailure(cause, { now });
      if (failure.kind !== "model_gone") {
        throw new GenerateImageError(failure, model, now - askedAt, { cause });
      }
      gone.push(model);
      const modelsLeft = deps.models.filter((name) => !gone.includes(name)).length;
      deps.log.warn("model_retired", { model, models_left: modelsLeft });
      await deps.retireModel(model, modelsLeft);
    }
  }
}

// Nothing is wrong with the job: it waits, like everything else, until an operator names a model.
function noModelLeft(models: readonly string[]): GenerateImageError {
  const message = `No model left: the provider has none of ${models.join(", ")}`;
  const failure = {
    kind: "money",
    errorCode: "provider_unavailable",
    ambiguous: false,
    message,
  } as const;
  return new GenerateImageError(failure, undefined, undefined, {});
}
