/** Removes pictures whose removal was asked for and not done yet. */
import type { WorkerStore } from "../_shared/generations/worker_store.ts";
import type { Logger } from "../_shared/observability/log.ts";
import type { ObjectStore } from "../_shared/storage/object_store.ts";

/** Removes up to a hundred objects. What fails stays noted and is tried at a later ring. */
export async function removeObjects(
  { store, objects, log }: {
    store: Pick<WorkerStore, "settleObjectDeletions">;
    objects: Pick<ObjectStore, "delete">;
    log: Pick<Logger, "info" | "warn">;
  },
): Promise<void> {
  try {
    const keys = await store.settleObjectDeletions([]);
    if (keys.length === 0) return;
    const removed: string[] = [];
    for (const key of keys) {
      // One that cannot be removed holds up none of the others.
      await objects.delete(key).then(
        () => removed.push(key),
        (error) => log.warn("object_not_removed", { key, error }),
      );
    }
    await store.settleObjectDeletions(removed);
    log.info("objects_removed", { count: removed.length });
  } catch (error) {
    log.warn("objects_not_removed", { error });
  }
}
