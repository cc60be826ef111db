/** Keeps pictures in an S3 bucket; one request a call, retries are the caller's. */
import {
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { publicAddressOf } from "./public_address.ts";
import { callS3 } from "./s3_call.ts";
import { createS3Client, type S3ClientOptions } from "./s3_client.ts";
import { StorageError } from "./storage_error.ts";

export { StorageError };

/** What every call takes. */
export interface CallOptions {
  signal?: AbortSignal | undefined;
}

/** What is known of a stored object. */
export interface StoredObject {
  /** In bytes. */
  size: number;
  contentType: string | undefined;
  /** Names are lower-case. */
  metadata: Record<string, string>;
}

/** A stored object with its content. */
export interface ReadObject extends StoredObject {
  bytes: Uint8Array;
}

/** An object to store. */
export interface PutOptions extends CallOptions {
  key: string;
  bytes: Uint8Array;
  contentType: string;
  cacheControl: string;
  /** Short ASCII values; they travel as headers. */
  metadata?: Record<string, string> | undefined;
}

/** A bucket. Every call throws {@link StorageError}. */
export interface ObjectStore {
  /**
   * What is stored under `key`, `null` if nothing is. AWS says so only to a key that may list the
   * bucket (`s3:ListBucket`); to any other it answers 403, a permanent error.
   */
  head(key: string, options?: CallOptions): Promise<StoredObject | null>;
  /** The object with its content, `null` if there is none. */
  get(key: string, options?: CallOptions): Promise<ReadObject | null>;
  /**
   * Stores an object unless its key is taken: what is stored stays as it is.
   *
   * The server decides, by `If-None-Match: *`. One that answers 501 to it is asked by `head` first,
   * from then on; two writers may then both find nothing, and the later one wins. The same goes for
   * a server that ignores the condition.
   */
  put(options: PutOptions): Promise<"stored" | "exists">;
  /** Removes the object; no error when there is none. */
  delete(key: string, options?: CallOptions): Promise<void>;
  /** Where anybody can read the object, if the bucket is public. */
  publicUrl(key: string): string;
}

/** How the bucket is reached. */
export interface ObjectStoreOptions extends S3ClientOptions {
  bucket: string;
  /** What public URLs begin with. @default The bucket under the endpoint, or AWS's address of the bucket. */
  publicBaseUrl?: string | undefined;
  /** Time for one call, its body included, in milliseconds. @default {30000} */
  timeoutMs?: number | undefined;
}

/** Makes an object store on one bucket. Nothing is sent until it is used. */
export function createObjectStore(options: ObjectStoreOptions): ObjectStore {
  const { bucket: Bucket, timeoutMs = 30_000 } = options;
  const pathStyle = options.endpoint !== undefined || Bucket.includes(".");
  const client = createS3Client({ ...options, pathStyle });
  const base = publicBaseOf(options);
  let hasConditionalPut = true;

  async function head(key: string, { signal }: CallOptions = {}): Promise<StoredObject | null> {
    const command = new HeadObjectCommand({ Bucket, Key: key });
    return await unlessMissing(callS3(
      async (abortSignal) => describe(await client.send(command, { abortSignal })),
      { what: `look up "${key}"`, timeoutMs, signal },
    ));
  }

  async function get(key: string, { signal }: CallOptions = {}): Promise<ReadObject | null> {
    const command = new GetObjectCommand({ Bucket, Key: key });
    return await unlessMissing(callS3(async (abortSignal) => {
      const output = await client.send(command, { abortSignal });
      const bytes = await output.Body?.transformToByteArray() ?? new Uint8Array();
      return { ...describe(output), size: bytes.length, bytes };
    }, { what: `read "${key}"`, timeoutMs, signal }));
  }

  async function write(options: PutOptions, condition: { IfNoneMatch?: string }): Promise<void> {
    const command = new PutObjectCommand({
      Bucket,
      Key: options.key,
      Body: options.bytes,
      ContentType: options.contentType,
      CacheControl: options.cacheControl,
      ...(options.metadata === undefined ? {} : { Metadata: options.metadata }),
      ...condition,
    });
    await callS3(async (abortSignal) => await client.send(command, { abortSignal }), {
      what: `store "${options.key}"`,
      timeoutMs,
      signal: options.signal,
    });
  }

  async function put(options: PutOptions): Promise<"stored" | "exists"> {
    if (hasConditionalPut) {
      try {
        await write(options, { IfNoneMatch: "*" });
        return "stored";
      } catch (error) {
        const status = error instanceof StorageError ? error.status : undefined;
        if (status === 412) return "exists";
        if (status !== 501) throw error;
        hasConditionalPut = false;
      }
    }
    if (await head(options.key, options) !== null) return "exists";
    await write(options, {});
    return "stored";
  }

  return {
    head,
    get,
    put,
    async delete(key, { signal } = {}) {
      const command = new DeleteObjectCommand({ Bucket, Key: key });
      await unlessMissing(callS3(
        async (abortSignal) => await client.send(command, { abortSignal }),
        { what: `remove "${key}"`, timeoutMs, signal },
      ));
    },
    publicUrl: (key) => `${base}/${key.split("/").map(encodeURIComponent).join("/")}`,
  };
}

function describe(output: HeadObjectCommandOutput | GetObjectCommandOutput): StoredObject {
  const { ContentLength: size = 0, ContentType: contentType, Metadata: metadata = {} } = output;
  return { size, contentType, metadata };
}

/** Gives `null` for a missing object; a missing bucket stays an error. */
async function unlessMissing<Result>(call: Promise<Result>): Promise<Result | null> {
  try {
    return await call;
  } catch (error) {
    const isMissing = error instanceof StorageError && error.status === 404 &&
      error.code !== "NoSuchBucket";
    if (isMissing) return null;
    throw error;
  }
}

function publicBaseOf(options: ObjectStoreOptions): string {
  const { publicBaseUrl, endpoint, region, bucket } = options;
  return (publicBaseUrl ?? publicAddressOf({ endpoint, region, bucket })).replace(/\/+$/, "");
}
