/** The bucket as the functions reach it, and as anybody does. */
import { readConfig } from "../../supabase/functions/_shared/config/read_config.ts";
import { storageSettings } from "../../supabase/functions/_shared/config/storage.ts";
import {
  createObjectStore,
  type ObjectStore,
} from "../../supabase/functions/_shared/storage/object_store.ts";
import type { Deployment } from "./deployment.ts";

/** Settings without which there is no bucket. */
export const BUCKET_NEEDS = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];

/** Where what a rule of the bucket belongs to can be found. */
export const POLICY = "docs/deploy/bucket_policy.json";

/** Opens it. */
export function openBucket({ env, fetch }: Deployment): ObjectStore & { name: string } {
  const { storage } = readConfig(env, { storage: storageSettings });
  return { ...createObjectStore({ ...storage, fetch, timeoutMs: 10_000 }), name: storage.bucket };
}

/** Stores a small object under `prefix` for as long as `use` lasts. */
export async function withObject<Result>(
  bucket: ObjectStore,
  prefix: string,
  use: (object: { key: string; url: string }) => Promise<Result>,
): Promise<Result> {
  const key = `${prefix}doctor-${crypto.randomUUID()}.txt`;
  await bucket.put({
    key,
    bytes: new TextEncoder().encode("deno task doctor"),
    contentType: "text/plain",
    cacheControl: "no-store",
  });
  try {
    return await use({ key, url: bucket.publicUrl(key) });
  } finally {
    await bucket.delete(key);
  }
}
