/** What the object store asks of S3. */
import { assertEquals, assertMatch } from "@std/assert";
import { encodeHex } from "@std/encoding/hex";
import type { ObjectStoreOptions } from "../../_shared/storage/object_store.ts";
import { type ReceivedRequest, serveUpstream } from "./fake_upstream.ts";
import {
  BYTES,
  errorAnswer,
  failureOf,
  KEY,
  OBJECT,
  serveBucket,
  storeAt,
} from "./object_store_fixture.ts";

Deno.test.sanitizer({ ops: true, resources: true });

Deno.test("put stores an object that head and get find again", async () => {
  await using bucket = serveBucket();
  const store = storeAt(bucket.url);
  assertEquals(await store.put(OBJECT), "stored");
  const found = { size: 6, contentType: "image/png", metadata: { "generation-id": "0190f3c2" } };
  assertEquals(await store.head(KEY), found);
  assertEquals(await store.get(KEY), { ...found, bytes: BYTES });
});

Deno.test("put sends one signed, conditional request with the whole object", async () => {
  await using bucket = serveBucket();
  await storeAt(bucket.url).put(OBJECT);
  assertEquals(bucket.requests.length, 1);
  const { method, path, headers, body } = bucket.requests[0] as ReceivedRequest;
  assertEquals([method, path.split("?")[0]], ["PUT", `/pixelpop/${KEY}`]);
  assertEquals(body, BYTES);
  const wanted = {
    "content-type": "image/png",
    "content-length": "6",
    "cache-control": "public, max-age=31536000, immutable",
    "if-none-match": "*",
    "x-amz-meta-generation-id": "0190f3c2",
    "x-amz-content-sha256": encodeHex(await crypto.subtle.digest("SHA-256", BYTES)),
  };
  for (const [name, value] of Object.entries(wanted)) assertEquals(headers.get(name), value);
  for (const name of ["expect", "transfer-encoding", "x-amz-trailer", "content-encoding"]) {
    assertEquals(headers.get(name), null);
  }
  assertMatch(
    headers.get("authorization") ?? "",
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/us-east-1\/s3\/aws4_request, SignedHeaders=\S*if-none-match\S*, Signature=[0-9a-f]{64}$/,
  );
});

Deno.test("put needs no checksum library, whose native part the hosted runtime lacks", async () => {
  await using bucket = serveBucket();
  const store = storeAt(bucket.url);
  await store.put(OBJECT);
  await store.get(KEY);
  for (const { headers } of bucket.requests) {
    const names = [...headers.keys()].filter((name) => name.includes("checksum"));
    assertEquals(names, []);
  }
});

Deno.test("put leaves a stored object as it is", async () => {
  await using bucket = serveBucket();
  const store = storeAt(bucket.url);
  assertEquals(await store.put(OBJECT), "stored");
  assertEquals(await store.put({ ...OBJECT, bytes: new Uint8Array([1]) }), "exists");
  assertEquals((await store.get(KEY))?.bytes, BYTES);
});

Deno.test("put looks first on a server that knows no conditions, and remembers it", async () => {
  await using bucket = serveBucket({ refusesConditions: true });
  const store = storeAt(bucket.url);
  assertEquals(await store.put(OBJECT), "stored");
  assertEquals(await store.put({ ...OBJECT, bytes: new Uint8Array([1]) }), "exists");
  assertEquals(await store.put({ ...OBJECT, key: "generations/other.png" }), "stored");
  assertEquals((await store.get(KEY))?.bytes, BYTES);
  assertEquals(
    bucket.requests.map(({ method, headers }) => `${method} ${headers.get("if-none-match")}`),
    ["PUT *", "HEAD null", "PUT null", "HEAD null", "HEAD null", "PUT null", "GET null"],
  );
});

Deno.test("head and get give nothing for a missing object", async () => {
  await using bucket = serveBucket();
  const store = storeAt(bucket.url);
  assertEquals(await store.head(KEY), null);
  assertEquals(await store.get(KEY), null);
});

Deno.test("get reads an object of megabytes", async () => {
  await using bucket = serveBucket();
  const store = storeAt(bucket.url);
  const bytes = new Uint8Array(5_000_000).map((_, index) => index % 251);
  await store.put({ ...OBJECT, bytes });
  const read = await store.get(KEY);
  assertEquals(read?.size, bytes.length);
  assertEquals(read?.bytes.every((byte, index) => byte === bytes[index]), true);
});

Deno.test("delete removes an object, and again", async () => {
  await using bucket = serveBucket();
  const store = storeAt(bucket.url);
  await store.put(OBJECT);
  await store.delete(KEY);
  assertEquals(await store.head(KEY), null);
  await store.delete(KEY);
  assertEquals(bucket.objects.size, 0);
});

Deno.test("delete takes 404 for done, unless the bucket is missing", async () => {
  let code = "NoSuchKey";
  await using upstream = serveUpstream(() => errorAnswer(404, code));
  const store = storeAt(upstream.url);
  await store.delete(KEY);
  code = "NoSuchBucket";
  assertEquals((await failureOf(store.delete(KEY))).kind, "permanent");
});

Deno.test("put goes to AWS's address of the bucket without an endpoint, whatever the environment says", async () => {
  const asked: string[] = [];
  Deno.env.set("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9");
  Deno.env.set("AWS_REGION", "nowhere-1");
  try {
    const store = storeAt(undefined, {
      region: "eu-west-1",
      fetch(input) {
        asked.push(String(input));
        return Promise.resolve(new Response(null));
      },
    });
    await store.put(OBJECT);
  } finally {
    Deno.env.delete("AWS_ENDPOINT_URL_S3");
    Deno.env.delete("AWS_REGION");
  }
  assertEquals(asked, [`https://pixelpop.s3.eu-west-1.amazonaws.com/${KEY}?x-id=PutObject`]);
});

/** Options and the public address of `KEY`. */
const PUBLIC_URLS: [Partial<ObjectStoreOptions>, string][] = [
  [{}, `https://pixelpop.s3.us-east-1.amazonaws.com/${KEY}`],
  [{ region: "eu-west-1", bucket: "b" }, `https://b.s3.eu-west-1.amazonaws.com/${KEY}`],
  [{ endpoint: "http://127.0.0.1:9000" }, `http://127.0.0.1:9000/pixelpop/${KEY}`],
  [{ endpoint: "https://s3.example.com/" }, `https://s3.example.com/pixelpop/${KEY}`],
  [{ publicBaseUrl: "https://cdn.example.com" }, `https://cdn.example.com/${KEY}`],
  [{ publicBaseUrl: "https://cdn.example.com/p/" }, `https://cdn.example.com/p/${KEY}`],
  [
    { endpoint: "http://127.0.0.1:9000", publicBaseUrl: "https://cdn.example.com" },
    `https://cdn.example.com/${KEY}`,
  ],
];

for (const [options, url] of PUBLIC_URLS) {
  Deno.test(`publicUrl is "${url}" with ${JSON.stringify(options)}`, () => {
    assertEquals(storeAt(options.endpoint, options).publicUrl(KEY), url);
  });
}

Deno.test("publicUrl escapes what a path cannot hold", () => {
  const store = storeAt(undefined, { publicBaseUrl: "https://cdn.example.com" });
  assertEquals(store.publicUrl("a b/c?d#e.png"), "https://cdn.example.com/a%20b/c%3Fd%23e.png");
});
