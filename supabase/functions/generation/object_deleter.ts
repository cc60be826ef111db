/** Removes pictures; loads the S3 library only when the first one is to be removed. */
import type { StorageConfig } from "../_shared/config/storage.ts";
import type { Runtime } from "../_shared/platform/runtime.ts";
import type { ObjectStore } from "../_shared/storage/object_store.ts";

/** Makes a function that removes an object from the bucket; no error when there is none. */
export function createObjectDeleter(
  config: StorageConfig,
  runtime: Pick<Runtime, "fetch">,
): (key: string) => Promise<void> {
  let objects: Promise<ObjectStore> | undefined;
  async function load(): Promise<ObjectStore> {
    const { createObjectStore } = await import("../_shared/storage/object_store.ts");
    return createObjectStore({ ...config, fetch: runtime.fetch });
  }
  return async (key) => {
    objects ??= load();
    await (await objects).delete(key);
  };
}
