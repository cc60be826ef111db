/** The S3 stand-in and bodies that are not what their signed headers say: cases no client makes by itself. */
import { assertEquals } from "@std/assert";
import { type S3Fixture, startFixture } from "./s3_fixture.ts";
import { outcomeOf, sendSigned } from "./s3_signing.ts";

const STREAMED = {
  "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
  "x-amz-trailer": "x-amz-checksum-crc32",
  "x-amz-decoded-content-length": "9",
  "content-encoding": "aws-chunked",
};
/** CRC-32 of the nine digits, a check value every implementation gives. */
const DIGITS = "9\r\n123456789\r\n0\r\nx-amz-checksum-crc32:y/Q5Jg==\r\n\r\n";

async function upload(
  fixture: S3Fixture,
  body: string,
  headers: Record<string, string>,
): Promise<string> {
  return await outcomeOf(await sendSigned(fixture, { method: "PUT", key: "a", headers, body }));
}

Deno.test("s3 unframes a chunked body and takes its trailer for the checksum", async () => {
  await using fixture = await startFixture();
  assertEquals(await upload(fixture, DIGITS, STREAMED), "200 ");
  const got = await fetch(fixture.publicUrl("a"));
  assertEquals(got.headers.get("content-encoding"), null);
  assertEquals(await got.text(), "123456789");
});

Deno.test("s3 refuses a chunked body that is cut, too short, wrong or without its trailer", async () => {
  await using fixture = await startFixture();
  const refused = (body: string, headers: Record<string, string> = {}): Promise<string> =>
    upload(fixture, body, { ...STREAMED, ...headers });
  assertEquals(await refused(DIGITS.slice(0, 8)), "400 IncompleteBody");
  assertEquals(await refused("no frame at all"), "400 IncompleteBody");
  assertEquals(await refused(DIGITS.replace("9\r\n1234", "8\r\n1234")), "400 IncompleteBody");
  const longer = { "x-amz-decoded-content-length": "10" };
  assertEquals(await refused(DIGITS, longer), "400 IncompleteBody");
  const bare = DIGITS.replace("x-amz-checksum-crc32:y/Q5Jg==\r\n", "");
  assertEquals(await refused(bare), "400 MalformedTrailerError");
  const other = DIGITS.replace("crc32:", "crc64nvme:");
  assertEquals(await refused(other), "400 MalformedTrailerError");
  assertEquals(await refused(DIGITS.replace("y/Q5Jg==", "AAAAAA==")), "400 BadDigest");
  assertEquals(fixture.s3.journal().filter(({ outcome }) => outcome === "ok"), []);
});

Deno.test("s3 refuses a body whose SHA-256 is not the signed one", async () => {
  await using fixture = await startFixture();
  const sha256 = "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225";
  const headers = { "x-amz-content-sha256": sha256 };
  assertEquals(await upload(fixture, "123456789", headers), "200 ");
  assertEquals(await upload(fixture, "123456780", headers), "400 XAmzContentSHA256Mismatch");
  const nonsense = { "x-amz-content-sha256": "SIGNED-SOMEHOW" };
  assertEquals(await upload(fixture, "123456789", nonsense), "400 InvalidArgument");
  const chunks = { "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" };
  assertEquals(await upload(fixture, "123456789", chunks), "501 NotImplemented");
});

Deno.test("s3 holds a put to the checksum algorithm it announces", async () => {
  await using fixture = await startFixture();
  const announced = { "x-amz-sdk-checksum-algorithm": "CRC32" };
  assertEquals(await upload(fixture, "123456789", announced), "400 InvalidRequest");
  const crc32 = { ...announced, "x-amz-checksum-crc32": "y/Q5Jg==" };
  assertEquals(await upload(fixture, "123456789", crc32), "200 ");
  const crc32c = { "x-amz-checksum-crc32c": "4waSgw==" };
  assertEquals(await upload(fixture, "123456789", crc32c), "501 NotImplemented");
});
