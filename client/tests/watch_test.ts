import { assertEquals } from "@std/assert";
import { type MiniAppError, type Progress } from "../src/client.ts";
import { createBench, launchOf } from "./client_fixture.ts";
import { settle } from "./fake_clock.ts";
import { READS, start } from "./watching.ts";

Deno.test("watch() ignores events that are old or repeated", async () => {
  await using bench = createBench();
  const { backend, broadcasts } = bench;
  const { id, seen } = await start(bench);
  const processing = backend.change(id, { status: "PROCESSING", attempt: 1 });
  const completed = backend.change(id, { status: "COMPLETED" });
  for (const event of [completed, processing, completed, processing]) broadcasts.emit(event);
  await settle();
  assertEquals(seen.at(-1)?.status, "COMPLETED");
  assertEquals(seen.filter(({ status }) => status === "COMPLETED").length, 1);
  assertEquals(seen.some(({ status }) => status === "PROCESSING"), false);
});

Deno.test("watch() ignores a read that was overtaken by an event", async () => {
  await using bench = createBench();
  const { app, backend, broadcasts, clock } = bench;
  await app.login(launchOf("one"));
  const { id } = await app.submit("a fox");
  const seen: Progress[] = [];
  app.watch(id, (progress) => seen.push(progress));
  const fetchRow = backend.change(id, { status: "PROCESSING", attempt: 1 });
  // The read is under way with PROCESSING in it when COMPLETED comes.
  while (backend.count("GET", READS) === 0) await clock.advance(1);
  broadcasts.emit({ ...fetchRow, status: "COMPLETED", version: 9, public_url: "u" });
  await clock.advance(5_000);
  assertEquals(seen.at(-1)?.status, "COMPLETED");
});

Deno.test("watch() ignores payloads that are not of the contract", async () => {
  await using bench = createBench();
  const { id, seen } = await start(bench);
  const count = seen.length;
  const strange = [null, 7, {}, { id }, { id, status: "PAINTING", version: 9 }, {
    id,
    status: "constructor",
    version: 9,
  }, {
    id,
    status: "FAILED",
  }];
  for (const payload of strange) bench.broadcasts.emit(payload);
  await settle();
  assertEquals(seen.length, count);
});

Deno.test("watch() tells onError once and stops when the generation is gone", async () => {
  await using bench = createBench();
  const { app, backend, clock } = bench;
  await app.login(launchOf("one"));
  const errors: MiniAppError[] = [];
  app.watch("missing", () => {}, (error) => errors.push(error));
  await clock.advance(120_000);
  assertEquals(errors.map(({ code }) => code), ["not_found"]);
  assertEquals(backend.count("GET", "generation/missing"), 1);
});

Deno.test("watch() stops everything when it is stopped, even by its own listener", async () => {
  await using bench = createBench();
  const { app, backend, clock, broadcasts } = bench;
  await app.login(launchOf("one"));
  const { id } = await app.submit("a fox");
  let calls = 0;
  const stop = app.watch(id, () => {
    calls++;
    stop();
  });
  await clock.advance(120_000);
  assertEquals([calls, backend.count("GET", READS)], [1, 0]);
  // The channel is left once it has lingered.
  assertEquals(broadcasts.last.isLeft, true);
});

Deno.test("watch() tells at once what is known of a finished generation, and asks nothing", async () => {
  await using bench = createBench();
  const { app, backend, clock } = bench;
  await app.login(launchOf("one"));
  backend.add({ status: "COMPLETED", public_url: "u", poll_after_ms: 0, version: 4 });
  await app.list();
  const seen: Progress[] = [];
  app.watch("generation-1", (progress) => seen.push(progress));
  await clock.advance(60_000);
  assertEquals(seen.map(({ status }) => status), ["COMPLETED"]);
  assertEquals(backend.count("GET", READS), 0);
});

Deno.test("watch() shows a preview while it is painted", async () => {
  await using bench = createBench();
  const { backend, broadcasts } = bench;
  const { id, seen } = await start(bench);
  const event = backend.change(id, { status: "PROCESSING", attempt: 1 });
  broadcasts.emit(event);
  broadcasts.emit({ ...event, preview_url: "http://bucket.test/preview.webp" });
  await settle();
  assertEquals(seen.at(-1)?.preview_url, "http://bucket.test/preview.webp");
});

// Postgres announces a commit before others can read it: by the second reading the balance is there.
for (const staleReads of [0, 1, 3]) {
  Deno.test(`watch() reads the credits of a refunded generation until they are back, after ${staleReads} stale reads`, async () => {
    await using bench = createBench();
    const { app, backend, broadcasts, clock } = bench;
    const { id } = await start(bench);
    assertEquals(app.credits, 16);
    backend.staleReads = staleReads;
    broadcasts.emit(backend.change(id, { status: "FAILED" }));
    for (let turn = 0; turn < 1_000 && app.credits !== 20; turn++) {
      await clock.advance(100);
      // supabase-js reads the answer on the event loop.
      await new Promise((resolve) => setTimeout(resolve));
    }
    assertEquals(app.credits, 20);
  });
}

Deno.test("watch() tells a new listener the newest state, once", async () => {
  await using bench = createBench();
  const { app, backend, broadcasts } = bench;
  const { id } = await start(bench);
  const seen: string[] = [];
  app.watch(id, ({ status }) => seen.push(status));
  broadcasts.emit(backend.change(id, { status: "PROCESSING", attempt: 1 }));
  await settle();
  assertEquals(seen, ["PROCESSING"]);
});

Deno.test("watch() reads the address of a picture that an event left out", async () => {
  await using bench = createBench();
  const { backend, broadcasts, clock } = bench;
  const { id, seen } = await start(bench);
  broadcasts.emit({ ...backend.change(id, { status: "COMPLETED" }), public_url: null });
  await clock.advance(1_000);
  assertEquals(seen.at(-1)?.public_url, `http://bucket.test/${id}.png`);
});

Deno.test("submit() gives the balance of after the refund when the event overtakes the answer", async () => {
  await using bench = createBench();
  const { app, backend, broadcasts } = bench;
  await start(bench);
  const answered = Promise.withResolvers<void>();
  backend.fail("generation", { held: answered.promise });
  const submitting = app.submit("another fox");
  await settle();
  broadcasts.emit(backend.change("generation-2", { status: "FAILED" }));
  answered.resolve();
  await submitting;
  // supabase-js reads the answer on the event loop.
  for (let turn = 0; turn < 1_000 && app.credits !== 16; turn++) {
    await new Promise((resolve) => setTimeout(resolve));
  }
  assertEquals(app.credits, 16);
});
