/** Stores a picture that is paid for, and does not give it up lightly. */
import type { Logger } from "../_shared/observability/log.ts";
import type { GeneratedImage } from "../_shared/openai/image_provider.ts";
import type { Runtime } from "../_shared/platform/runtime.ts";
import { type ObjectStore, StorageError } from "../_shared/storage/object_store.ts";

/** After a minute without success the service pauses: further pictures would meet the same bucket. */
const PAUSE_AFTER_MS = 60_000;
/** How long the same bytes are put again, within the lease; another attempt would be billed again. */
const GIVE_UP_AFTER_MS = 240_000;
const MAX_DELAY_MS = 5_000;
/** Refusals of the credentials or the bucket that are believed: a single one may be a passing mistake. */
const REFUSALS = 2;

/** What storing works with. */
export interface KeepPictureDeps {
  objects: Pick<ObjectStore, "put">;
  /** Pauses the service for the bucket; the attempt goes on. */
  pauseForStorage(note: string): Promise<void>;
  runtime: Pick<Runtime, "now" | "sleep">;
  log: Pick<Logger, "warn">;
}

/**
 * Puts the picture under its key. One that is already there stays: a late attempt never overwrites.
 *
 * @throws {StorageError} For a second refusal of the credentials or the bucket, when time is over, or once
 * `signal` is aborted.
 */
export async function keepPicture(
  deps: KeepPictureDeps,
  { key, image, signal }: { key: string; image: GeneratedImage; signal: AbortSignal },
): Promise<void> {
  const { objects, runtime, log } = deps;
  const startedAt = runtime.now();
  let refusals = 0;
  let hasPaused = false;
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
      if (!(error instanceof StorageError) || error.kind === "cancelled") throw error;
      if (error.kind === "permanent" && ++refusals === REFUSALS) throw error;
      const elapsed = runtime.now() + delay - startedAt;
      if (elapsed > GIVE_UP_AFTER_MS) throw error;
      if (elapsed > PAUSE_AFTER_MS && !hasPaused) {
        hasPaused = true;
        await deps.pauseForStorage(`Storage: ${error.message}`).catch((cause) =>
          log.warn("storage_pause_failed", { error: cause })
        );
      }
      log.warn("storage_retry", { error, delay_ms: delay });
      await runtime.sleep(delay, signal);
    }
  }
}
