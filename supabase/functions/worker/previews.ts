/** Previews while the provider generates: each is stored and announced, and none may cost the picture. */
import type { ClaimedJob, WorkerStore } from "../_shared/generations/worker_store.ts";
import type { Logger } from "../_shared/observability/log.ts";
import type { Runtime } from "../_shared/platform/runtime.ts";
import { contentTypeOf } from "../_shared/images/inspect.ts";
import { previewKey } from "../_shared/storage/object_key.ts";
import type { ObjectStore } from "../_shared/storage/object_store.ts";
import type { PreviewMaker } from "./preview_maker.ts";

/** The previews of one attempt. */
export interface Previews {
  /** Takes a preview; never throws, never waits. */
  show(index: number, bytes: Uint8Array): void;
  /** Gives up what is not announced yet, in the background: the picture does not wait. */
  end(): void;
}

/** Previews of one attempt at most (the provider's own limit, and one to spare). */
const INDEXES_PER_ATTEMPT = 4;

/** Begins the previews of a job. */
export function beginPreviews(
  { previewMaker, objects, store, runtime, log }: {
    previewMaker: Pick<PreviewMaker, "make">;
    objects: ObjectStore;
    store: Pick<WorkerStore, "announcePreview">;
    runtime: Pick<Runtime, "waitUntil">;
    log: Pick<Logger, "warn">;
  },
  job: ClaimedJob,
): Previews {
  const abort = new AbortController();
  let last: Promise<void> = Promise.resolve();

  async function keep(index: number, bytes: Uint8Array): Promise<void> {
    if (abort.signal.aborted) return;
    const preview = await previewMaker.make(bytes, job.output_format);
    if (preview === undefined || abort.signal.aborted) return;
    const number = (job.attempt - 1) * INDEXES_PER_ATTEMPT + index;
    const key = previewKey(job.generation_id, number, preview.format);
    try {
      await objects.put({
        key,
        bytes: preview.bytes,
        contentType: contentTypeOf(preview.format),
        // Lives for seconds.
        cacheControl: "private, max-age=60",
        signal: abort.signal,
      });
      const announced = await store.announcePreview(job, {
        objectKey: key,
        previewUrl: objects.publicUrl(key),
      });
      if (!announced) await objects.delete(key);
    } catch (error) {
      if (!abort.signal.aborted) return log.warn("preview_failed", { error });
      // Broken off in mid-put, it may be stored all the same, and nobody else knows of it.
      await objects.delete(key).catch((cause) => log.warn("preview_left", { error: cause }));
    }
  }

  return {
    // One after another: a later preview must not be announced before an earlier one.
    show(index, bytes) {
      if (index < INDEXES_PER_ATTEMPT) last = last.then(() => keep(index, bytes));
    },
    end() {
      abort.abort();
      runtime.waitUntil(last);
    },
  };
}
