/** The faults of the S3 stand-in, seen by the real client, and the journal they leave. */
import { GetObjectCommand, PutObjectCommand, S3ServiceException } from "@aws-sdk/client-s3";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { S3Faults } from "../s3.ts";
import { BUCKET, type S3Fixture, startFixture } from "./s3_fixture.ts";

async function put({ client }: S3Fixture, Key = "a", abortSignal?: AbortSignal): Promise<void> {
  const command = new PutObjectCommand({ Bucket: BUCKET, Key, Body: "a picture" });
  await client.send(command, abortSignal === undefined ? {} : { abortSignal });
}

async function exists({ client }: S3Fixture, Key = "a"): Promise<boolean> {
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
    await Body?.transformToByteArray();
    return true;
  } catch (error) {
    if (error instanceof S3ServiceException && error.name === "NoSuchKey") return false;
    throw error;
  }
}

/** The fixture with a client that has no open socket: a dropped request on a reused one is sent again. */
function unconnected(fixture: S3Fixture): S3Fixture {
  return { ...fixture, client: fixture.clientWith({}) };
}

/** How a call fails: `<status> <code>` of S3, or `network` when no answer came. */
async function failureOf(call: Promise<unknown>): Promise<string> {
  const error = await assertRejects(() => call, Error);
  if (error instanceof S3ServiceException) {
    return `${error.$metadata.httpStatusCode} ${error.name}`;
  }
  return "network";
}

/** Resolves once the journal's outcomes are `outcomes`: what the stand-in alone can tell. */
async function untilOutcomes({ s3 }: S3Fixture, outcomes: string[]): Promise<void> {
  while (s3.journal().map(({ outcome }) => outcome).join() !== outcomes.join()) {
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

Deno.test("setFaults() spends one fault a request, in order, and leaves the object store alone", async () => {
  await using fixture = await startFixture();
  const { s3 } = fixture;
  s3.setFaults([{ status: 500 }, { status: 503, times: 2 }, { drop: true }]);
  assertEquals(await failureOf(put(fixture)), "500 InternalError");
  assertEquals(s3.faults(), [{ status: 503, times: 2 }, { drop: true }]);
  assertEquals(await failureOf(put(fixture)), "503 SlowDown");
  assertEquals(await failureOf(put(fixture)), "503 SlowDown");
  assertEquals(await failureOf(put(unconnected(fixture))), "network");
  assertEquals(s3.faults(), "ok");
  assertEquals(await exists(fixture), false);
  await put(fixture);
  assertEquals(await exists(fixture), true);
});

Deno.test("setFaults() hits only the method and key a fault names", async () => {
  await using fixture = await startFixture();
  await put(fixture);
  fixture.s3.setFaults([{ status: 403, code: "AccessDenied", method: "put", key: "b" }]);
  assertEquals(await exists(fixture), true);
  await put(fixture, "c");
  assertEquals(await failureOf(put(fixture, "b")), "403 AccessDenied");
  await put(fixture, "b");
});

Deno.test("setFaults() with lose_answer stores the object and drops the answer", async () => {
  await using fixture = await startFixture();
  fixture.s3.setFaults([{ "lose_answer": true }]);
  assertEquals(await failureOf(put(fixture)), "network");
  assertEquals(fixture.s3.journal().at(-1)?.outcome, "lost");
  assertEquals(await exists(fixture), true);
});

Deno.test('setFaults() "down" breaks every connection until "ok"', async () => {
  await using fixture = await startFixture();
  await put(fixture);
  fixture.s3.setFaults("down");
  assertEquals(fixture.s3.faults(), "down");
  assertEquals(await failureOf(put(fixture)), "network");
  await assertRejects(() => fetch(fixture.publicUrl("a")), TypeError);
  // Not one request came through: the connections themselves are refused.
  assertEquals(fixture.s3.journal().length, 1);
  fixture.s3.setFaults("ok");
  assertEquals(await exists(fixture), true);
});

Deno.test('setFaults() "hang" answers nothing until "ok", then everything', async () => {
  await using fixture = await startFixture();
  fixture.s3.setFaults("hang");
  const leaver = new AbortController();
  const left = failureOf(put(fixture, "left", leaver.signal));
  await untilOutcomes(fixture, ["hang"]);
  leaver.abort();
  assertEquals(await left, "network");
  const patient = put(fixture, "patient");
  await untilOutcomes(fixture, ["hang", "hang"]);
  fixture.s3.setFaults("ok");
  await patient;
  assertEquals(await exists(fixture, "patient"), true);
  assertEquals(await exists(fixture, "left"), false);
});

Deno.test("journal() tells who asked for what and how it ended", async () => {
  await using fixture = await startFixture();
  const { s3 } = fixture;
  await put(fixture, "a");
  await (await fetch(fixture.publicUrl("a"))).text();
  await (await fetch(fixture.publicUrl("a"), { method: "DELETE" })).text();
  s3.setFaults([{ drop: true }]);
  await failureOf(put(unconnected(fixture), "b"));
  const shown = s3.journal().map(({ method, key, anonymous, status, outcome }) =>
    `${method} ${key} ${anonymous ? "anonymous" : "signed"} ${status} ${outcome}`
  );
  assertEquals(shown, [
    "PUT a signed 200 ok",
    "GET a anonymous 200 ok",
    "DELETE a anonymous 403 AccessDenied",
    "PUT b anonymous null dropped",
  ]);
  assert(s3.journal().every(({ at }) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(at)));
  s3.clearJournal();
  assertEquals(s3.journal(), []);
});

Deno.test("setFaults() refuses what it does not know", async () => {
  await using fixture = await startFixture();
  const refused = (value: unknown): string =>
    assertThrows(() => fixture.s3.setFaults(value as S3Faults), TypeError).message;
  assertEquals(
    refused("broken"),
    'Faults must be "ok", "down", "hang" or an array of objects: got "broken"',
  );
  assert(refused([{ statuss: 500 }]).includes('no field "statuss"'));
  assert(refused([{ status: 302 }]).includes("an HTTP status from 400 to 599"));
  assert(refused([{ status: 500, drop: true }]).includes("does one thing"));
  assert(refused([{ status: 418 }]).includes('must name its "code"'));
  assert(refused([{ hang: true, times: 0 }]).includes("a whole number, 1 or more"));
  assertEquals(fixture.s3.faults(), "ok");
  fixture.s3.setFaults({ mode: "down" } as unknown as S3Faults);
  assertEquals(fixture.s3.faults(), "down");
});
