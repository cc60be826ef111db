import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { MiniAppError } from "../src/client.ts";
import { type Bench, createBench, launchOf } from "./client_fixture.ts";
import { type Fault } from "./fake_backend.ts";

async function loggedIn(): Promise<Bench> {
  const bench = createBench();
  await bench.app.login(launchOf("one"));
  return bench;
}

/** Runs a call to its end, whatever it waits for. */
async function run<Result>(
  { clock }: Bench,
  call: Promise<Result>,
): Promise<Result | MiniAppError> {
  const outcome = call.catch((error) => error as MiniAppError);
  await clock.advance(200_000);
  return await outcome;
}

function keys({ backend }: Bench): unknown[] {
  return backend.received.filter(({ method, path }) => method === "POST" && path === "generation")
    .map(({ headers }) => headers["idempotency-key"]);
}

Deno.test("submit() repeats with the same key whatever may have been lost on its way", async () => {
  const faults: Fault[] = [
    { kind: "lost" },
    { kind: "unreachable" },
    { status: 500, code: "internal" },
    { kind: "html" },
  ];
  await using bench = await loggedIn();
  bench.backend.fail("generation", ...faults);
  const accepted = await run(bench, bench.app.submit("a fox"));
  assertEquals(accepted instanceof MiniAppError, false);
  assertEquals([keys(bench).length, new Set(keys(bench)).size], [5, 1]);
  assertEquals([bench.backend.rows.size, bench.app.credits], [1, 16]);
});

Deno.test("submit() repeats with the same key when a success cannot be read", async () => {
  await using bench = await loggedIn();
  bench.backend.fail("generation", { kind: "garbled" });
  await run(bench, bench.app.submit("a fox"));
  assertEquals([keys(bench).length, new Set(keys(bench)).size, bench.backend.rows.size], [2, 1, 1]);
});

Deno.test("submit() takes a new key for each call, and the caller's if it has one", async () => {
  await using bench = await loggedIn();
  await bench.app.submit("a fox");
  await bench.app.submit("a fox");
  await bench.app.submit("a fox", { idempotencyKey: "mine" });
  const [first, second, third] = keys(bench);
  assertNotEquals(first, second);
  assertEquals(third, "mine");
});

Deno.test("submit() sends the options in the contract's names, and leaves out what is not given", async () => {
  await using bench = await loggedIn();
  await bench.app.submit("a fox", { size: "1024x1536", quality: "high", outputFormat: "webp" });
  await bench.app.submit("a fox");
  assertEquals(bench.backend.received.slice(-2).map(({ body }) => body), [
    { prompt: "a fox", size: "1024x1536", quality: "high", output_format: "webp" },
    { prompt: "a fox" },
  ]);
});

Deno.test("submit() goes on with the same key after the token was renewed", async () => {
  await using bench = await loggedIn();
  bench.backend.accessTokens.clear();
  await bench.app.submit("a fox");
  assertEquals([keys(bench).length, new Set(keys(bench)).size], [2, 1]);
});

for (
  const [status, code] of [
    [400, "invalid_request"],
    [402, "insufficient_credits"],
    [409, "idempotency_conflict"],
    [413, "payload_too_large"],
    [429, "rate_limited"],
    [429, "too_many_pending"],
    [503, "generation_paused"],
  ] as const
) {
  Deno.test(`submit() does not repeat what is refused as ${code}`, async () => {
    await using bench = await loggedIn();
    bench.backend.fail("generation", { status, code, headers: { "retry-after": "7" } });
    const error = await run(bench, bench.app.submit("a fox"));
    if (!(error instanceof MiniAppError)) throw new Error("The refusal is not an error");
    const { code: given, status: of, requestId, retryAfterSeconds } = error;
    assertEquals([given, of, requestId, retryAfterSeconds], [code, status, "request-1", 7]);
    assertEquals(keys(bench).length, 1);
  });
}

Deno.test("submit() gives up after five tries, with the last failure", async () => {
  await using bench = await loggedIn();
  bench.backend.fail("generation", ...Array(9).fill({ kind: "unreachable" }));
  const error = await run(bench, bench.app.submit("a fox"));
  assertEquals(error instanceof MiniAppError && error.code, "network");
  assertEquals(keys(bench).length, 5);
});

Deno.test("submit() gives a hanging request up, and repeats it", async () => {
  await using bench = await loggedIn();
  bench.backend.fail("generation", { kind: "hanging" });
  const submitted = bench.app.submit("a fox");
  await bench.clock.advance(19_999);
  assertEquals(keys(bench).length, 1);
  await bench.clock.advance(1_000);
  assertEquals((await submitted).id, "generation-1");
});

Deno.test("a call waits as long as Retry-After says, and not at all when that is too long", async () => {
  await using bench = await loggedIn();
  const { app, backend, clock } = bench;
  backend.fail("generation", { status: 503, headers: { "retry-after": "4" } });
  const submitted = app.submit("a fox");
  await clock.advance(3_999);
  assertEquals(keys(bench).length, 1);
  await clock.advance(1);
  await submitted;
  backend.fail("generation", { status: 503, headers: { "retry-after": "60" } });
  const error = await assertRejects(() => app.submit("a fox"), MiniAppError);
  assertEquals([error.code, error.retryAfterSeconds], ["bad_answer", 60]);
});

Deno.test("an answer that is not the contract's is bad_answer, with its status", async () => {
  await using bench = await loggedIn();
  bench.backend.fail("generation", { status: 418, code: "teapot" });
  const error = await run(bench, bench.app.submit("a fox"));
  assertEquals(error instanceof MiniAppError && [error.code, error.status], ["bad_answer", 418]);
});

Deno.test("list() asks for the page after the cursor", async () => {
  await using bench = await loggedIn();
  await bench.app.list({ before: "a+b=", limit: 5 });
  await bench.app.list({ before: null });
  const paths = bench.backend.received.slice(-2).map(({ path }) => path);
  assertEquals(paths, ["generation?limit=5&before=a%2Bb%3D", "generation"]);
});

Deno.test("cancel() cancels what waits", async () => {
  await using bench = await loggedIn();
  const { id } = await bench.app.submit("a fox");
  assertEquals((await bench.app.cancel(id)).status, "CANCELLED");
});

Deno.test("cancel() leaves alone what is finished by the time it arrives: its picture is paid for", async () => {
  await using bench = await loggedIn();
  const { app, backend } = bench;
  const { id } = await app.submit("a fox");
  backend.change(id, { status: "COMPLETED" });
  assertEquals((await app.cancel(id)).status, "COMPLETED");
  assertEquals(backend.rows.has(id), true);
});

Deno.test("cancel() refuses what is being painted", async () => {
  await using bench = await loggedIn();
  const { app, backend } = bench;
  const { id } = await app.submit("a fox");
  backend.change(id, { status: "PROCESSING" });
  const error = await assertRejects(() => app.cancel(id), MiniAppError);
  assertEquals([error.code, backend.rows.has(id)], ["already_started", true]);
});

Deno.test("cancel() is sent again when its answer was lost, and hides nothing by it", async () => {
  await using bench = await loggedIn();
  const { app, backend } = bench;
  const { id } = await app.submit("a fox");
  const path = `generation/${id}`;
  backend.fail(path, { kind: "lost" });
  const row = await run(bench, app.cancel(id));
  assertEquals(row instanceof MiniAppError || row.status, "CANCELLED");
  const sent = backend.received.filter(({ method }) => method === "DELETE").map((it) => it.path);
  assertEquals(sent, [`${path}?only=pending`, `${path}?only=pending`]);
  assertEquals(backend.rows.has(id), true);
});

Deno.test("remove() removes, and takes it well when it is gone", async () => {
  await using bench = await loggedIn();
  const { app, backend } = bench;
  const { id } = await app.submit("a fox");
  backend.change(id, { status: "COMPLETED" });
  backend.fail(`generation/${id}`, { kind: "lost" });
  await run(bench, app.remove(id));
  assertEquals([backend.rows.has(id), backend.count("DELETE", `generation/${id}`)], [false, 2]);
  await app.remove(id);
});
