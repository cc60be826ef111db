/** What the tests of the object store share: an object, a store on a local server, a bucket in memory. */
import { assertRejects } from "@std/assert";
import {
  createObjectStore,
  type ObjectStore,
  type ObjectStoreOptions,
  StorageError,
} from "../../_shared/storage/object_store.ts";
import { type ReceivedRequest, serveUpstream, type Upstream } from "./fake_upstream.ts";

/** The key of the object under test. */
export const KEY = "generations/0190f3c2-8a51-7c3e-9f00-3a1b2c3d4e5f.png";
/** The secret key of the store under test. */
export const SECRET = "secret/0123456789+abcdef";
/** Its content. */
export const BYTES = new Uint8Array([137, 80, 78, 71, 0, 255]);
/** Longer than any test should take. */
const PATIENCE_MS = 20_000;

/** The object under test. */
export const OBJECT = {
  key: KEY,
  bytes: BYTES,
  contentType: "image/png",
  cacheControl: "public, max-age=31536000, immutable",
  metadata: { "generation-id": "0190f3c2" },
};

/** A store on the server at `endpoint`, or on AWS. */
export function storeAt(
  endpoint: string | undefined,
  more: Partial<ObjectStoreOptions> = {},
): ObjectStore {
  return createObjectStore({
    endpoint,
    region: "us-east-1",
    bucket: "pixelpop",
    accessKeyId: "AKIDEXAMPLE",
    secretAccessKey: SECRET,
    fetch: (input, init) => fetch(input, init),
    timeoutMs: PATIENCE_MS,
    ...more,
  });
}

/** An error answer as S3 gives it. */
export function errorAnswer(status: number, code: string): Response {
  const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code>` +
    `<Message>About ${code}</Message><RequestId>4442587FB7D0A2F9</RequestId></Error>`;
  return new Response(xml, { status, headers: { "content-type": "application/xml" } });
}

/** A running bucket; `objects` by path. */
export interface Bucket extends Upstream {
  objects: Map<string, ReceivedRequest>;
}

/** A bucket in memory: the least a store needs, without signatures or conditions of its own. */
export function serveBucket(options: { refusesConditions?: boolean } = {}): Bucket {
  const objects = new Map<string, ReceivedRequest>();
  const upstream = serveUpstream((request) => {
    const key = request.path.split("?")[0] as string;
    const stored = objects.get(key);
    if (request.method === "PUT") {
      if (request.headers.has("if-none-match")) {
        if (options.refusesConditions) return errorAnswer(501, "NotImplemented");
        if (stored !== undefined) return errorAnswer(412, "PreconditionFailed");
      }
      objects.set(key, request);
      return new Response(null, { headers: { etag: '"1"' } });
    }
    if (request.method === "DELETE") {
      objects.delete(key);
      return new Response(null, { status: 204 });
    }
    if (stored === undefined) {
      return request.method === "HEAD"
        ? new Response(null, { status: 404 })
        : errorAnswer(404, "NoSuchKey");
    }
    const headers = new Headers(
      [...stored.headers].filter(([name]) =>
        name.startsWith("x-amz-meta-") || name === "content-type"
      ),
    );
    headers.set("content-length", String(stored.body.length));
    return new Response(request.method === "HEAD" ? null : stored.body, { headers });
  });
  return { ...upstream, objects };
}

/** What a call throws, as a `StorageError`. */
export async function failureOf(calling: Promise<unknown>): Promise<StorageError> {
  return await assertRejects(() => calling, StorageError);
}
