/** The S3 stand-in as a browser meets it: public pictures, presigned addresses, CORS. */
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { BUCKET, type S3Fixture, startFixture } from "./s3_fixture.ts";
import { outcomeOf, presign } from "./s3_signing.ts";

const BODY = "a picture";

async function putPicture({ client }: S3Fixture, Key: string): Promise<void> {
  const input = { Bucket: BUCKET, Key, Body: BODY, ContentType: "image/webp" };
  await client.send(new PutObjectCommand({ ...input, CacheControl: "public, max-age=60" }));
}

Deno.test("s3 gives a public picture to anybody, with its content type", async () => {
  await using fixture = await startFixture();
  await putPicture(fixture, "a.webp");
  const response = await fetch(fixture.publicUrl("a.webp"));
  assertEquals(await response.text(), BODY);
  assertEquals(response.headers.get("content-type"), "image/webp");
  assertEquals(response.headers.get("cache-control"), "public, max-age=60");
  assertEquals(response.headers.get("content-length"), String(BODY.length));
  const head = await fetch(fixture.publicUrl("a.webp"), { method: "HEAD" });
  assertEquals(head.headers.get("content-length"), String(BODY.length));
  const etag = response.headers.get("etag") ?? "";
  const again = await fetch(fixture.publicUrl("a.webp"), { headers: { "if-none-match": etag } });
  assertEquals([again.status, await again.text()], [304, ""]);
});

Deno.test("s3 refuses anonymous writes, lists and missing keys with 403", async () => {
  await using fixture = await startFixture();
  await putPicture(fixture, "a.webp");
  const anonymous = async (key: string, init: RequestInit = {}): Promise<string> =>
    outcomeOf(await fetch(fixture.publicUrl(key), init));
  assertEquals(await anonymous("b.webp", { method: "PUT", body: "x" }), "403 AccessDenied");
  assertEquals(await anonymous("a.webp", { method: "PUT", body: "x" }), "403 AccessDenied");
  assertEquals(await anonymous("a.webp", { method: "DELETE" }), "403 AccessDenied");
  assertEquals(await anonymous("b.webp"), "403 AccessDenied");
  assertEquals(await anonymous("?list-type=2"), "403 AccessDenied");
  assertEquals(await anonymous("a.webp"), `200 ${BODY}`);
});

Deno.test("s3 lets any page read and none write (CORS)", async () => {
  await using fixture = await startFixture();
  await putPicture(fixture, "a.webp");
  const origin = "https://app.example";
  const url = fixture.publicUrl("a.webp");
  const read = await fetch(url, { headers: { origin } });
  await read.body?.cancel();
  assertEquals(read.headers.get("access-control-allow-origin"), "*");
  const preflight = async (method: string): Promise<Response> => {
    const headers = { origin, "access-control-request-method": method };
    const response = await fetch(url, { method: "OPTIONS", headers });
    await response.body?.cancel();
    return response;
  };
  const get = await preflight("GET");
  assertEquals(get.status, 200);
  assertEquals(get.headers.get("access-control-allow-methods"), "GET, HEAD");
  assertEquals((await preflight("PUT")).status, 403);
});

Deno.test("s3 takes a presigned GET until it expires", async () => {
  let skew = 0;
  await using fixture = await startFixture({ now: () => Date.now() + skew });
  await putPicture(fixture, "a.webp");
  const url = await presign(fixture, { method: "GET", key: "a.webp", expiresIn: 60 });
  assertEquals(await outcomeOf(await fetch(url)), `200 ${BODY}`);
  assertEquals(
    await outcomeOf(await fetch(url, { method: "DELETE" })),
    "403 SignatureDoesNotMatch",
  );
  const other = url.replace("a.webp", "b.webp");
  assertEquals(await outcomeOf(await fetch(other)), "403 SignatureDoesNotMatch");
  skew = 61_000;
  const late = await fetch(url);
  const text = await late.text();
  assertEquals(late.status, 403);
  assertStringIncludes(text, "Request has expired");
  skew = -16 * 60_000;
  assertStringIncludes(await (await fetch(url)).text(), "Request is not valid yet");
});

Deno.test("s3 takes a presigned PUT and keeps the content type of the upload", async () => {
  await using fixture = await startFixture();
  const url = await presign(fixture, { method: "PUT", key: "dir/b%20c.png" });
  const upload = { method: "PUT", body: BODY, headers: { "content-type": "image/png" } };
  assertEquals(await outcomeOf(await fetch(url, upload)), "200 ");
  const got = await fetch(fixture.publicUrl("dir/b%20c.png"));
  assertEquals(await outcomeOf(got), `200 ${BODY}`);
  assertEquals(got.headers.get("content-type"), "image/png");
});

Deno.test("s3 holds a presigned PUT to the checksum and metadata of its query", async () => {
  await using fixture = await startFixture();
  const empty = { "x-amz-checksum-crc32": "AAAAAA==" };
  const url = await presign(fixture, { method: "PUT", key: "a", query: empty });
  const refused = await fetch(url, { method: "PUT", body: BODY });
  assertEquals(await outcomeOf(refused), "400 BadDigest");
  const query = { "x-amz-meta-owner": "7" };
  const tagged = await presign(fixture, { method: "PUT", key: "a", query });
  assertEquals(await outcomeOf(await fetch(tagged, { method: "PUT", body: BODY })), "200 ");
  const got = await fetch(fixture.publicUrl("a"));
  await got.body?.cancel();
  assertEquals(got.headers.get("x-amz-meta-owner"), "7");
});

Deno.test("s3 refuses an x-amz header that the presigned URL does not cover", async () => {
  await using fixture = await startFixture();
  const url = await presign(fixture, { method: "PUT", key: "a" });
  const headers = { "x-amz-meta-smuggled": "yes" };
  const response = await fetch(url, { method: "PUT", body: BODY, headers });
  assertEquals(await outcomeOf(response), "403 AccessDenied");
  const [head = "", query = ""] = url.split("?");
  const both = await fetch(`${head}?${query}`, {
    headers: { authorization: "AWS4-HMAC-SHA256 x" },
  });
  assertEquals(await outcomeOf(both), "400 InvalidArgument");
});
