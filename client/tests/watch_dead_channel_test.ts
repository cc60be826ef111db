import { assertEquals, assertGreater } from "@std/assert";
import { createBench } from "./client_fixture.ts";
import { READS, start } from "./watching.ts";

Deno.test("watch() finds a dead channel by a poll, makes it anew and polls quickly until it speaks", async () => {
  await using bench = createBench();
  const { backend, broadcasts, clock } = bench;
  const { id, seen } = await start(bench);
  backend.change(id, { status: "PROCESSING", attempt: 1, poll_after_ms: 2_000 });
  await clock.advance(18_000);
  assertEquals(seen.at(-1)?.status, "PROCESSING");
  assertEquals(broadcasts.topics.length, 1);
  await clock.advance(4_500);
  assertEquals(broadcasts.topics.length, 2);
  assertEquals(broadcasts.topics[0]?.isLeft, true);
  const before = backend.count("GET", READS);
  await clock.advance(10_000);
  assertGreater(backend.count("GET", READS), before + 3);
  broadcasts.emit({ ...backend.change(id, { attempt: 2 }) });
  const proven = backend.count("GET", READS);
  await clock.advance(25_000);
  assertEquals(backend.count("GET", READS), proven);
});

Deno.test("watch() drops the socket too when a second channel is dead", async () => {
  await using bench = createBench();
  const { backend, broadcasts, clock } = bench;
  const { id } = await start(bench);
  backend.change(id, { status: "PROCESSING", attempt: 1, poll_after_ms: 2_000 });
  await clock.advance(24_000);
  assertEquals([broadcasts.topics.length, broadcasts.disconnects], [2, 0]);
  backend.change(id, { attempt: 2 });
  await clock.advance(8_000);
  assertEquals([broadcasts.topics.length, broadcasts.disconnects], [3, 1]);
});

Deno.test("watch() trusts a channel whose event is only later than the poll", async () => {
  await using bench = createBench();
  const { backend, broadcasts, clock } = bench;
  const { id } = await start(bench);
  const event = backend.change(id, { status: "PROCESSING", attempt: 1 });
  await clock.advance(18_500);
  broadcasts.emit(event);
  await clock.advance(10_000);
  assertEquals(broadcasts.topics.length, 1);
});

Deno.test("watch() does not blame the channel for a version without a transition", async () => {
  await using bench = createBench();
  const { backend, broadcasts, clock } = bench;
  const { id } = await start(bench);
  backend.change(id, { queue: { position: 1, eta_seconds: 2 } });
  await clock.advance(60_000);
  assertEquals(broadcasts.topics.length, 1);
});

Deno.test("watch() takes up where a channel that fell left off", async () => {
  await using bench = createBench();
  const { backend, broadcasts, clock } = bench;
  const { id, seen } = await start(bench);
  await clock.advance(5_000);
  broadcasts.last.say("CHANNEL_ERROR", "socket closed: 1006");
  backend.change(id, { status: "COMPLETED" });
  await clock.advance(500);
  broadcasts.last.say("SUBSCRIBED");
  broadcasts.last.onReady();
  await clock.advance(0);
  assertEquals(seen.at(-1)?.status, "COMPLETED");
});

Deno.test("watch() reads at once when the page is seen again", async () => {
  await using bench = createBench();
  const { backend, clock, document } = bench;
  const { id, seen } = await start(bench);
  await clock.advance(1_500);
  document.visibilityState = "hidden";
  document.dispatchEvent(new Event("visibilitychange"));
  backend.change(id, { status: "COMPLETED" });
  await clock.advance(1_000);
  assertEquals(seen.at(-1)?.status, "PENDING");
  document.visibilityState = "visible";
  document.dispatchEvent(new Event("visibilitychange"));
  await clock.advance(0);
  assertEquals(seen.at(-1)?.status, "COMPLETED");
});

Deno.test("watch() makes channel and socket anew after a sleep, and when the network comes back", async () => {
  await using bench = createBench();
  const { broadcasts, clock, window, backend } = bench;
  const { id, seen } = await start(bench);
  clock.sleep(8 * 3_600_000);
  backend.change(id, { status: "COMPLETED" });
  await clock.advance(0);
  assertEquals(seen.at(-1)?.status, "COMPLETED");
  assertEquals(broadcasts.disconnects, 1);
  const { id: second } = await bench.app.submit("another");
  bench.app.watch(second, () => {});
  await clock.advance(0);
  window.dispatchEvent(new Event("online"));
  await clock.advance(0);
  assertEquals(broadcasts.disconnects, 2);
});

Deno.test("watch() goes on through failures, slower each time", async () => {
  await using bench = createBench();
  bench.broadcasts.onJoin = "mute";
  const { app, backend, clock } = bench;
  const connections: string[] = [];
  app.onConnection((connection) => connections.push(connection));
  const { id, seen } = await start(bench);
  backend.fail(`generation/${id}`, ...Array(12).fill({ kind: "unreachable" }));
  await clock.advance(60_000);
  assertEquals(connections, ["offline", "polling"]);
  backend.change(id, { status: "COMPLETED" });
  await clock.advance(15_000);
  assertEquals(seen.at(-1)?.status, "COMPLETED");
});

Deno.test("onConnection() is told at once when the device loses its network", async () => {
  await using bench = createBench();
  const told: string[] = [];
  bench.app.onConnection((connection) => told.push(connection));
  await start(bench);
  bench.window.dispatchEvent(new Event("offline"));
  bench.window.dispatchEvent(new Event("online"));
  await bench.clock.advance(1_000);
  assertEquals(told, ["live", "offline", "live"]);
});

Deno.test("watch() is not deceived by an event that repeats what was known", async () => {
  await using bench = createBench();
  const { backend, broadcasts, clock } = bench;
  const { id } = await start(bench);
  const first = backend.change(id, { status: "PROCESSING", attempt: 1, poll_after_ms: 2_000 });
  broadcasts.emit(first);
  backend.change(id, { status: "FAILED" });
  await clock.advance(31_000);
  broadcasts.emit(first);
  await clock.advance(5_000);
  assertEquals(broadcasts.topics.length, 2);
});

Deno.test("watch() forgives a dead channel once the next one speaks", async () => {
  await using bench = createBench();
  const { backend, broadcasts, clock } = bench;
  const { id } = await start(bench);
  backend.change(id, { status: "PROCESSING", attempt: 1, poll_after_ms: 2_000 });
  await clock.advance(24_000);
  broadcasts.emit(backend.change(id, { attempt: 2 }));
  backend.change(id, { status: "FAILED" });
  await clock.advance(60_000);
  assertEquals([broadcasts.topics.length, broadcasts.disconnects], [3, 0]);
});

Deno.test("watch() blames the channel for an end it did not announce", async () => {
  await using bench = createBench();
  const { backend, broadcasts, clock } = bench;
  const { id } = await start(bench);
  backend.change(id, { status: "FAILED" });
  await clock.advance(25_000);
  assertEquals(broadcasts.topics.length, 2);
});

Deno.test("watch() does not blame the channel for a read that it overtook", async () => {
  await using bench = createBench();
  const { backend, broadcasts, clock } = bench;
  const { id } = await start(bench);
  const answered = Promise.withResolvers<void>();
  backend.fail(`generation/${id}`, { held: answered.promise });
  await clock.advance(18_000);
  broadcasts.emit(backend.change(id, { status: "PROCESSING", attempt: 1 }));
  answered.resolve();
  await clock.advance(10_000);
  assertEquals(broadcasts.topics.length, 1);
});

Deno.test("watch() reads again when the channel joined while a read was under way", async () => {
  await using bench = createBench();
  bench.broadcasts.onJoin = "mute";
  const { backend, broadcasts, clock } = bench;
  const { id, seen } = await start(bench);
  const answered = Promise.withResolvers<void>();
  backend.fail(`generation/${id}`, { held: answered.promise });
  await clock.advance(3_000);
  backend.change(id, { status: "COMPLETED" });
  broadcasts.last.say("SUBSCRIBED");
  broadcasts.last.onReady();
  answered.resolve();
  await clock.advance(1_000);
  assertEquals(seen.at(-1)?.status, "COMPLETED");
});
