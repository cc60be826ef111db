/** The S3 stand-in through the real client of AWS: what it stores, gives, and refuses. */
import { Readable } from "node:stream";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { BUCKET, SECRET_ACCESS_KEY, startFixture } from "./s3_fixture.ts";

const PICTURE = Uint8Array.from({ length: 300_000 }, (_, index) => (index * 31) & 0xff);

async function put(client: S3Client, key: string, input: Record<string, unknown> = {}) {
  return await client.send(
    new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: PICTURE, ...input }),
  );
}

async function bytesAt(client: S3Client, key: string): Promise<Uint8Array> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }));
  return await Body!.transformToByteArray();
}

/** The error an S3 call ends with, as `<status> <code>`. */
async function refusalOf(call: Promise<unknown>): Promise<string> {
  const error = await assertRejects(() => call, S3ServiceException);
  return `${error.$metadata.httpStatusCode} ${error.name}`;
}

Deno.test("s3 gives back an object with its headers, metadata and checksum", async () => {
  await using fixture = await startFixture();
  const { client } = fixture;
  const key = "generations/ünïcode & space+plus(1)*.png";
  const stored = await put(client, key, {
    ContentType: "image/png",
    CacheControl: "public, max-age=31536000, immutable",
    Metadata: { generation: "42" },
  });
  const got = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }));
  assertEquals(await got.Body!.transformToByteArray(), PICTURE);
  assertEquals(got.ContentType, "image/png");
  assertEquals(got.CacheControl, "public, max-age=31536000, immutable");
  assertEquals(got.Metadata, { generation: "42" });
  assertEquals(got.ETag, stored.ETag);
  assertEquals(got.ChecksumCRC32, stored.ChecksumCRC32);
  const head = await client.send(new HeadObjectCommand({ Bucket: BUCKET, Key: key }));
  assertEquals(head.ContentLength, PICTURE.length);
  assertEquals(head.ETag, stored.ETag);
  assertEquals(head.Metadata, { generation: "42" });
});

Deno.test("s3 keeps objects over a restart", async () => {
  await using fixture = await startFixture();
  await put(fixture.client, "kept.png", { ContentType: "image/png" });
  await fixture.restart();
  assertEquals(await bytesAt(fixture.client, "kept.png"), PICTURE);
});

Deno.test("s3 overwrites, deletes, and deletes again without an error", async () => {
  await using fixture = await startFixture();
  const { client } = fixture;
  await put(client, "a");
  await put(client, "a", { Body: "short" });
  assertEquals(await bytesAt(client, "a"), new TextEncoder().encode("short"));
  for (let i = 0; i < 2; i++) {
    await client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: "a" }));
  }
  assertEquals(await refusalOf(bytesAt(client, "a")), "404 NoSuchKey");
  const head = client.send(new HeadObjectCommand({ Bucket: BUCKET, Key: "a" }));
  assertEquals(await refusalOf(head), "404 NotFound");
});

Deno.test("s3 gives ranges, and refuses one past the end", async () => {
  await using fixture = await startFixture();
  const { client } = fixture;
  await put(client, "a", { Body: "0123456789" });
  const range = async (Range: string): Promise<string> => {
    const got = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: "a", Range }));
    return `${got.ContentRange} ${await got.Body!.transformToString()}`;
  };
  assertEquals(await range("bytes=2-4"), "bytes 2-4/10 234");
  assertEquals(await range("bytes=7-"), "bytes 7-9/10 789");
  assertEquals(await range("bytes=-3"), "bytes 7-9/10 789");
  assertEquals(await range("bytes=8-99"), "bytes 8-9/10 89");
  assertEquals(await refusalOf(range("bytes=10-")), "416 InvalidRange");
});

Deno.test("s3 lists by prefix, page by page", async () => {
  await using fixture = await startFixture();
  const { client } = fixture;
  for (const key of ["b/2", "b/1", "b/3", "a/1", "c&d"]) await put(client, key, { Body: key });
  const keys: string[] = [];
  let token: string | undefined;
  do {
    const page = await client.send(
      new ListObjectsV2Command({
        Bucket: BUCKET,
        Prefix: "b/",
        MaxKeys: 2,
        ...(token === undefined ? {} : { ContinuationToken: token }),
      }),
    );
    keys.push(...(page.Contents ?? []).map(({ Key }) => Key ?? ""));
    token = page.NextContinuationToken;
  } while (token !== undefined);
  assertEquals(keys, ["b/1", "b/2", "b/3"]);
  const all = await client.send(new ListObjectsV2Command({ Bucket: BUCKET }));
  assertEquals(all.Contents?.map(({ Key, Size }) => [Key, Size]).at(-1), ["c&d", 3]);
});

Deno.test("s3 stores a conditional put once, however many race", async () => {
  await using fixture = await startFixture();
  const { client } = fixture;
  const racers = Array.from({ length: 12 }, (_, index) => `racer ${index} `.repeat(20_000));
  const outcomes = await Promise.allSettled(
    racers.map((Body) => put(client, "contested", { Body, IfNoneMatch: "*" })),
  );
  const winners = racers.filter((_, index) => outcomes[index]?.status === "fulfilled");
  assertEquals(winners.length, 1);
  for (const outcome of outcomes) {
    if (outcome.status === "fulfilled") continue;
    assertEquals(await refusalOf(Promise.reject(outcome.reason)), "412 PreconditionFailed");
  }
  assertEquals(new TextDecoder().decode(await bytesAt(client, "contested")), winners[0]);
});

Deno.test("s3 decides a conditional put after the body, not when its headers arrive", async () => {
  await using fixture = await startFixture();
  const { client } = fixture;
  const started = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const slowBody = Readable.from((async function* () {
    started.resolve();
    await release.promise;
    yield PICTURE;
  })());
  const slow = put(client, "a", {
    Body: slowBody,
    ContentLength: PICTURE.length,
    IfNoneMatch: "*",
  });
  await started.promise;
  await put(client, "a", { Body: "fast", IfNoneMatch: "*" });
  release.resolve();
  assertEquals(await refusalOf(slow), "412 PreconditionFailed");
  assertEquals(new TextDecoder().decode(await bytesAt(client, "a")), "fast");
});

Deno.test("s3 unframes a streamed upload and checks its trailer", async () => {
  await using fixture = await startFixture();
  const { client } = fixture;
  const chunks = [PICTURE.subarray(0, 100_000), PICTURE.subarray(100_000)];
  await put(client, "streamed", {
    Body: Readable.from(chunks),
    ContentLength: PICTURE.length,
    ContentType: "image/png",
  });
  const got = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: "streamed" }));
  assertEquals(await got.Body!.transformToByteArray(), PICTURE);
  assertEquals(got.ContentEncoding, undefined);
  assert(got.ChecksumCRC32 !== undefined);
});

Deno.test("s3 refuses chunks under 8 KiB before the last, as S3 does", async () => {
  await using fixture = await startFixture();
  const small = put(fixture.client, "a", {
    Body: Readable.from([PICTURE.subarray(0, 100), PICTURE.subarray(100, 200)]),
    ContentLength: 200,
  });
  assertEquals(await refusalOf(small), "403 InvalidChunkSizeError");
  assertEquals(await refusalOf(bytesAt(fixture.client, "a")), "404 NoSuchKey");
});

Deno.test("s3 stores a large body announced by Expect: 100-continue", async () => {
  await using fixture = await startFixture();
  const Body = new Uint8Array(5_000_000).fill(7);
  await put(fixture.client, "large", { Body });
  assertEquals((await bytesAt(fixture.client, "large")).length, Body.length);
});

Deno.test("s3 refuses a body that is not what its checksum says", async () => {
  await using fixture = await startFixture();
  const { client } = fixture;
  assertEquals(await refusalOf(put(client, "a", { ChecksumCRC32: "AAAAAA==" })), "400 BadDigest");
  assertEquals(await refusalOf(put(client, "a", { ChecksumCRC32: "AA==" })), "400 InvalidRequest");
  const md5 = { ContentMD5: "1B2M2Y8AsgTpgAmY7PhCfg==" };
  assertEquals(await refusalOf(put(client, "a", md5)), "400 BadDigest");
  assertEquals(
    await refusalOf(
      put(client, "a", { ChecksumAlgorithm: "SHA256" })
        .then(() => bytesAt(client, "b")),
    ),
    "404 NoSuchKey",
  );
});

Deno.test("s3 refuses wrong keys, an unknown key, another region and another bucket", async () => {
  await using fixture = await startFixture();
  const credentials = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: `${SECRET_ACCESS_KEY}x` };
  const refused = (config: Parameters<typeof fixture.clientWith>[0]): Promise<string> =>
    refusalOf(put(fixture.clientWith(config), "a"));
  assertEquals(await refused({ credentials }), "403 SignatureDoesNotMatch");
  const stranger = { accessKeyId: "AKIASTRANGER", secretAccessKey: SECRET_ACCESS_KEY };
  assertEquals(await refused({ credentials: stranger }), "403 InvalidAccessKeyId");
  const region = { region: "eu-west-1", followRegionRedirects: false };
  assertEquals(await refused(region), "400 AuthorizationHeaderMalformed");
  const bucket = fixture.client.send(
    new PutObjectCommand({ Bucket: "another", Key: "a", Body: "x" }),
  );
  assertEquals(await refusalOf(bucket), "404 NoSuchBucket");
  await fixture.client.send(new HeadBucketCommand({ Bucket: BUCKET }));
  assertEquals(await refusalOf(bytesAt(fixture.client, "a")), "404 NoSuchKey");
});

Deno.test("s3 refuses a clock more than 15 minutes off, either way", async () => {
  let skew = 0;
  await using fixture = await startFixture({ now: () => Date.now() + skew });
  for (skew of [14 * 60_000, -14 * 60_000]) await put(fixture.client, "a");
  for (skew of [16 * 60_000, -16 * 60_000]) {
    // A fresh client: the SDK corrects its clock by the Date header of a refusal.
    assertEquals(await refusalOf(put(fixture.clientWith({}), "b")), "403 RequestTimeTooSkewed");
  }
});

Deno.test("s3 refuses what it leaves out instead of ignoring it", async () => {
  await using fixture = await startFixture();
  const { client } = fixture;
  const acl = put(client, "a", { ACL: "public-read" });
  assertEquals(await refusalOf(acl), "400 AccessControlListNotSupported");
  assertEquals(await refusalOf(put(client, "a", { IfMatch: '"x"' })), "501 NotImplemented");
  const listed = client.send(new ListObjectsV2Command({ Bucket: BUCKET, Delimiter: "/" }));
  assertEquals(await refusalOf(listed), "501 NotImplemented");
  assertEquals(await refusalOf(put(client, "a", { Tagging: "a=b" })), "501 NotImplemented");
});
