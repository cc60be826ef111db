/** Stores a picture that is paid for, and does not give it up lightly. */
import type { Logger } from "../_shared/observability/log.ts";
import type { GeneratedImage } from "../_shared/openai/image_provider.ts";
import type { Runtime } from "../_shared/platform/runtime.ts";
import { type ObjectStore, StorageError } from "../_shared/storage/object_store.ts";

/** How long an unreachable bucket is tried, in milliseconds: another attempt would be billed again. */
const PATIENCE_MS = 60_000;
const MAX_DELAY_MS = 5_000;

/**
 * Puts the picture under its key. One that is already there stays: a late attempt never overwrites.
 *
 * @throws {StorageError} Once patience has run out, the failure is permanent, or `signal` is aborted.
 */
export async function keepPicture(
  deps: {
    objects: ObjectStore;
    runtime: Pick<Runtime, "now" | "sleep">;
    log: Pick<Logger, "warn">;
  },
  { key, image, signal }: { key: string; image: GeneratedImage; signal: AbortSignal },
): Promise<void> {
  const { objects, runtime, log } = deps;
  const patientUntil = runtime.now() + PATIENCE_MS;
  for (let delay = 200;; delay = Math.min(MAX_DELAY_MS, delay * 2)) {
    try {
      await objects.put({
        key,
        bytes: image.bytes,
        contentType: image.contentType,
        // The key names one picture for ever.
        cacheControl: "public, max-age=31536000, immutable",
        signal,
      });
      return;
    } catch (error) {
      const isTransient = error instanceof StorageError && error.kind === "transient";
      if (!isTransient || runtime.now() + delay > patientUntil) throw error;
      log.warn("storage_retry", { error, delay_ms: delay });
      await runtime.sleep(delay, signal);
    }
  }
}
