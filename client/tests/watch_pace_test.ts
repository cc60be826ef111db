import { assertEquals, assertLessOrEqual } from "@std/assert";
import { type Progress } from "../src/client.ts";
import { createBench } from "./client_fixture.ts";
import { READS, start } from "./watching.ts";

Deno.test("watch() reads once after the join, hears the rest by events, and confirms the result by a read", async () => {
  await using bench = createBench();
  const { backend, broadcasts, clock } = bench;
  const { id, seen } = await start(bench);
  assertEquals(backend.count("GET", READS), 1);
  await clock.advance(2_000);
  broadcasts.emit(backend.change(id, { status: "PROCESSING", attempt: 1 }));
  await clock.advance(20_000);
  broadcasts.emit(backend.change(id, { status: "COMPLETED" }));
  await clock.advance(600_000);
  assertEquals(seen.map(({ status }) => status), ["PENDING", "PENDING", "PROCESSING", "COMPLETED"]);
  assertEquals(seen.at(-1)?.public_url, `http://bucket.test/${id}.png`);
  assertEquals(backend.count("GET", READS), 2);
});

Deno.test("watch() confirms a result only once somebody looks at the page", async () => {
  await using bench = createBench();
  const { backend, broadcasts, clock, document } = bench;
  const { id } = await start(bench);
  document.visibilityState = "hidden";
  broadcasts.emit(backend.change(id, { status: "COMPLETED" }));
  await clock.advance(60_000);
  assertEquals(backend.count("GET", READS), 1);
  document.visibilityState = "visible";
  document.dispatchEvent(new Event("visibilitychange"));
  document.dispatchEvent(new Event("visibilitychange"));
  await clock.advance(200);
  assertEquals(backend.count("GET", READS), 2);
});

Deno.test("watch() confirms by one read what can be read some milliseconds after it was told", async () => {
  await using bench = createBench();
  const { backend, broadcasts, clock } = bench;
  const { id } = await start(bench);
  broadcasts.emit({ id, status: "COMPLETED", version: 5, public_url: "u" });
  await clock.advance(100);
  backend.change(id, { status: "COMPLETED" });
  await clock.advance(60_000);
  assertEquals(backend.count("GET", READS), 2);
});

Deno.test("watch() confirms again what could not be read yet when it was told", async () => {
  await using bench = createBench();
  const { backend, broadcasts, clock } = bench;
  const { id } = await start(bench);
  broadcasts.emit({ id, status: "COMPLETED", version: 5, public_url: "u" });
  await clock.advance(500);
  backend.change(id, { status: "COMPLETED" });
  assertEquals(backend.count("GET", READS), 2);
  await clock.advance(60_000);
  assertEquals(backend.count("GET", READS), 3);
});

Deno.test("watch() does not confirm what a read has told, nor what failed", async () => {
  await using bench = createBench();
  const { app, backend, broadcasts, clock } = bench;
  const { id } = await start(bench);
  backend.change(id, { status: "COMPLETED" });
  await clock.advance(20_000);
  assertEquals(backend.count("GET", READS), 2);
  const { id: second } = await app.submit("another");
  app.watch(second, () => {});
  await clock.advance(0);
  broadcasts.emit(backend.change(second, { status: "FAILED" }));
  await clock.advance(60_000);
  assertEquals(backend.count("GET", `generation/${second}`), 1);
});

Deno.test("watch() makes at most 3 reads of a generation of two minutes while Realtime is healthy", async () => {
  await using bench = createBench();
  const { backend, broadcasts, clock } = bench;
  const { id, seen } = await start(bench);
  await clock.advance(20_000);
  broadcasts.emit(backend.change(id, { status: "PROCESSING", attempt: 1 }));
  await clock.advance(100_000);
  broadcasts.emit(backend.change(id, { status: "COMPLETED" }));
  await clock.advance(0);
  assertEquals(seen.at(-1)?.status, "COMPLETED");
  assertLessOrEqual(backend.count("GET", READS), 3);
});

Deno.test("watch() makes few reads of a generation that waits a quarter of an hour beside a proven channel", async () => {
  await using bench = createBench();
  const { backend, broadcasts, clock } = bench;
  const other = backend.add({ id: "other" });
  await start(bench);
  broadcasts.emit(backend.change(other.id, { status: "PROCESSING" }));
  await clock.advance(900_000);
  assertLessOrEqual(backend.count("GET", READS), 4);
});

Deno.test("watch() polls as the server asks while there is no channel, and tells each state once", async () => {
  await using bench = createBench();
  bench.broadcasts.onJoin = "mute";
  const { backend, clock } = bench;
  const { id, seen } = await start(bench);
  await clock.advance(9_000);
  assertEquals(backend.count("GET", READS), 3);
  backend.change(id, { status: "PROCESSING", attempt: 1, poll_after_ms: 1_000 });
  await clock.advance(3_000);
  backend.change(id, { status: "COMPLETED" });
  await clock.advance(1_100);
  const statuses = seen.map(({ status }) => status);
  assertEquals(statuses, ["PENDING", "PENDING", "PROCESSING", "COMPLETED"]);
  const reads = backend.count("GET", READS);
  await clock.advance(600_000);
  assertEquals(backend.count("GET", READS), reads);
});

Deno.test("watch() asks for the pace beside Realtime only while the channel is joined", async () => {
  await using bench = createBench();
  bench.broadcasts.onJoin = "mute";
  const { backend, broadcasts, clock } = bench;
  await start(bench);
  await clock.advance(3_000);
  broadcasts.last.say("SUBSCRIBED");
  broadcasts.last.onReady();
  await clock.advance(1_000);
  const paths = backend.received.filter(({ path }) => READS.test(path)).map(({ path }) => path);
  assertEquals(paths, ["generation/generation-1", "generation/generation-1?realtime=live"]);
});

Deno.test("watch() checks soon where the server does not say that it streams", async () => {
  await using bench = createBench();
  bench.broadcasts.onJoin = "early";
  const { backend, clock } = bench;
  const { id, seen } = await start(bench);
  await clock.advance(1_499);
  assertEquals(backend.count("GET", READS), 0);
  await clock.advance(1);
  assertEquals(backend.count("GET", READS), 1);
  // Its event is lost in the gap between SUBSCRIBED and the stream.
  backend.change(id, { status: "COMPLETED" });
  await clock.advance(3_000);
  assertEquals(seen.at(-1)?.status, "COMPLETED");
});

Deno.test("watch() takes an event for proof that the server streams", async () => {
  await using bench = createBench();
  bench.broadcasts.onJoin = "early";
  const { app, backend, broadcasts, clock } = bench;
  const { id } = await start(bench);
  broadcasts.emit(backend.change(id, { status: "PROCESSING", attempt: 1 }));
  assertEquals(app.connection, "live");
  await clock.advance(25_000);
  assertLessOrEqual(backend.count("GET", READS), 1);
});

Deno.test("watch() makes a read a second at most under a channel that joins again and again", async () => {
  await using bench = createBench();
  const { backend, broadcasts, clock } = bench;
  await start(bench);
  for (let round = 0; round < 100; round++) {
    broadcasts.last.say("CHANNEL_ERROR", "socket closed: 1006");
    await clock.advance(50);
    broadcasts.last.say("SUBSCRIBED");
    broadcasts.last.onReady();
    await clock.advance(50);
  }
  assertLessOrEqual(backend.count("GET", READS), 11);
});

Deno.test("watch() shares one channel and one poll among all watches", async () => {
  await using bench = createBench();
  const { app, backend, broadcasts, clock } = bench;
  const { id } = await start(bench);
  const again: Progress[] = [];
  app.watch(id, (progress) => again.push(progress));
  const { id: second } = await app.submit("another");
  app.watch(second, () => {});
  await clock.advance(1_500);
  assertEquals(broadcasts.topics.map(({ topic }) => topic), ["user:user-1"]);
  assertEquals(backend.count("GET", READS), 1);
  assertEquals(again.length, 1);
});

Deno.test("watch() reads soon after the channel fell, however long the line", async () => {
  await using bench = createBench();
  const { backend, broadcasts, clock } = bench;
  const { id } = await start(bench);
  backend.change(id, { queue: { position: 90, eta_seconds: 600 }, poll_after_ms: 15_000 });
  await clock.advance(18_000);
  const before = backend.count("GET", READS);
  broadcasts.last.say("CHANNEL_ERROR", "socket closed: 1006");
  await clock.advance(3_500);
  assertEquals(backend.count("GET", READS), before + 1);
  await clock.advance(13_000);
  assertEquals(backend.count("GET", READS), before + 1);
});

Deno.test("watch() asks a backend that is away less and less", async () => {
  await using bench = createBench();
  bench.broadcasts.onJoin = "mute";
  const { backend, clock } = bench;
  const { id } = await start(bench);
  backend.fail(`generation/${id}`, ...Array(200).fill({ kind: "unreachable" }));
  await clock.advance(120_000);
  // Each read is tried twice.
  assertLessOrEqual(backend.count("GET", READS), 28);
});
