import { assertEquals, assertGreater, assertLessOrEqual } from "@std/assert";
import { type Bench, createBench, launchOf } from "./client_fixture.ts";
import { createFakeBackend } from "./fake_backend.ts";

async function watching(bench: Bench): Promise<() => void> {
  await bench.app.login(launchOf("one"));
  const { id } = await bench.app.submit("a fox");
  const stop = bench.app.watch(id, () => {});
  await bench.clock.advance(0);
  return stop;
}

Deno.test("the channel gives Realtime the token before it joins", async () => {
  await using bench = createBench();
  await watching(bench);
  assertEquals(bench.broadcasts.topics.map(({ isAuthorized }) => isAuthorized), [true]);
});

Deno.test("the channel is not opened before something is watched", async () => {
  await using bench = createBench();
  await bench.app.login(launchOf("one"));
  await bench.clock.advance(60_000);
  assertEquals(bench.broadcasts.topics.length, 0);
});

Deno.test("the channel is made anew at once when it closes, as at the end of a token", async () => {
  await using bench = createBench();
  await watching(bench);
  const { broadcasts, clock } = bench;
  await clock.advance(10_000);
  broadcasts.last.say("CLOSED");
  await clock.advance(0);
  assertEquals(broadcasts.topics.length, 2);
});

Deno.test("the channel is made anew more and more slowly when it closes again and again", async () => {
  await using bench = createBench();
  bench.broadcasts.onJoin = "mute";
  await watching(bench);
  const { broadcasts, clock } = bench;
  for (let second = 0; second < 120; second++) {
    if (!broadcasts.last.isLeft) broadcasts.last.say("CLOSED");
    await clock.advance(1_000);
  }
  assertGreater(broadcasts.topics.length, 6);
  assertLessOrEqual(broadcasts.topics.length, 20);
});

Deno.test("the channel is made anew with a fresh token when the old one is refused", async () => {
  await using bench = createBench();
  await watching(bench);
  const { broadcasts, clock } = bench;
  await clock.advance(10_000);
  broadcasts.last.say("CHANNEL_ERROR", "InvalidJWTToken: Token has expired 1 seconds ago");
  await clock.advance(0);
  assertEquals([broadcasts.topics.length, broadcasts.topics[0]?.isLeft], [2, true]);
});

Deno.test("the channel is not joined with a token that could not be renewed", async () => {
  const backend = createFakeBackend();
  backend.lifetime = 60;
  await using bench = createBench({ backend });
  await watching(bench);
  const { broadcasts, clock } = bench;
  backend.fail("auth/refresh", ...Array(8).fill({ kind: "unreachable" }));
  await clock.advance(62_000);
  broadcasts.last.say("CLOSED");
  await clock.advance(500);
  assertEquals(broadcasts.topics.length, 1);
  await clock.advance(180_000);
  assertEquals([broadcasts.topics.length, broadcasts.last.isLeft], [2, false]);
});

Deno.test("the channel is made anew at once each time a token ends, though nothing was heard", async () => {
  await using bench = createBench();
  await watching(bench);
  const { broadcasts, clock } = bench;
  for (let round = 2; round < 8; round++) {
    await clock.advance(6_000);
    broadcasts.last.say("CLOSED");
    await clock.advance(0);
    assertEquals(broadcasts.topics.length, round);
  }
});

Deno.test("the channel waits for the old socket to be gone", async () => {
  await using bench = createBench();
  await watching(bench);
  const { broadcasts, clock, window } = bench;
  const gone = Promise.withResolvers<void>();
  broadcasts.disconnecting = gone.promise;
  window.dispatchEvent(new Event("online"));
  await clock.advance(1_000);
  assertEquals([broadcasts.topics.length, broadcasts.last.isLeft], [1, true]);
  gone.resolve();
  await clock.advance(0);
  assertEquals([broadcasts.topics.length, broadcasts.last.isLeft], [2, false]);
});

Deno.test("the channel leaves joining again to supabase-js when only the socket fell", async () => {
  await using bench = createBench();
  await watching(bench);
  const { app, broadcasts, clock } = bench;
  broadcasts.last.say("CHANNEL_ERROR", "socket closed: 1006");
  assertEquals(app.connection, "polling");
  await clock.advance(2_000);
  broadcasts.last.say("SUBSCRIBED");
  broadcasts.last.onReady();
  assertEquals([app.connection, broadcasts.topics.length], ["live", 1]);
});

Deno.test("the channel is made anew with its socket when it does not join within 20 s", async () => {
  await using bench = createBench();
  bench.broadcasts.onJoin = "mute";
  await watching(bench);
  const { broadcasts, clock } = bench;
  await clock.advance(19_999);
  assertEquals([broadcasts.topics.length, broadcasts.disconnects], [1, 0]);
  await clock.advance(1);
  assertEquals([broadcasts.topics.length, broadcasts.disconnects], [2, 1]);
});

Deno.test("the channel tells Realtime each new token", async () => {
  const backend = createFakeBackend();
  backend.lifetime = 5;
  await using bench = createBench({ backend });
  await watching(bench);
  const before = bench.broadcasts.authorizations;
  await bench.clock.advance(20_000);
  assertGreater(bench.broadcasts.authorizations, before + 4);
  assertEquals(bench.broadcasts.topics.length, 1);
});

Deno.test("the channel outlives its last watch for a moment, and is left then", async () => {
  await using bench = createBench();
  const stop = await watching(bench);
  const { app, broadcasts, clock } = bench;
  stop();
  await clock.advance(29_000);
  const stopAgain = app.watch("generation-1", () => {});
  await clock.advance(5_000);
  assertEquals([broadcasts.topics.length, broadcasts.last.isLeft], [1, false]);
  stopAgain();
  await clock.advance(30_000);
  assertEquals(broadcasts.last.isLeft, true);
});

Deno.test("the channel is opened anew for a watch that comes after it was left", async () => {
  await using bench = createBench();
  const stop = await watching(bench);
  const { app, broadcasts, clock } = bench;
  stop();
  await clock.advance(30_000);
  app.watch("generation-1", () => {});
  await clock.advance(0);
  assertEquals([broadcasts.topics.length, broadcasts.last.isLeft], [2, false]);
});

Deno.test("the channel ignores what an earlier one reports", async () => {
  await using bench = createBench();
  await watching(bench);
  const { broadcasts, clock } = bench;
  const [first] = broadcasts.topics;
  await clock.advance(6_000);
  broadcasts.last.say("CLOSED");
  await clock.advance(0);
  first?.say("CLOSED");
  first?.say("CHANNEL_ERROR", "socket closed: 1006");
  await clock.advance(60_000);
  assertEquals(broadcasts.topics.length, 2);
});

Deno.test("the channel is another one for another person, and none for nobody", async () => {
  await using bench = createBench();
  await watching(bench);
  const { app, broadcasts, clock } = bench;
  await app.logout();
  await clock.advance(0);
  assertEquals([broadcasts.topics.length, broadcasts.last.isLeft], [1, true]);
});

Deno.test("close() leaves the channel and drops the socket", async () => {
  const bench = createBench();
  await watching(bench);
  await bench[Symbol.asyncDispose]();
  assertEquals([bench.broadcasts.last.isLeft, bench.broadcasts.disconnects], [true, 1]);
});
