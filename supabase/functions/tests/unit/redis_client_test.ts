import { assert, assertEquals } from "@std/assert";
import { TRANSITIONS } from "../../_shared/concurrency/circuit_breaker.ts";
import { createGuardedRedis, type GuardedRedis } from "../../_shared/limits/redis_client.ts";
import { createLogger } from "../../_shared/observability/log.ts";
import { createFakeRuntime, NOW } from "../fakes.ts";
import { createFakeRedis, FAKE_REDIS_CONFIG, type FakeRedisAnswer, settle } from "./fake_redis.ts";

/** A client of a Redis that answers by `mode`, which the test changes. */
function createSetup() {
  const mode: { answer: (command: unknown[]) => FakeRedisAnswer } = { answer: wellAnswer };
  const redis = createFakeRedis((command) => mode.answer(command));
  const runtime = createFakeRuntime({ fetch: redis.fetch });
  const guarded = createGuardedRedis(FAKE_REDIS_CONFIG, { runtime, log: createLogger(runtime) });
  return { mode, redis, runtime, guarded };
}

function wellAnswer([name]: unknown[]): FakeRedisAnswer {
  return { result: name === "ping" ? "PONG" : "value" };
}

function refuse(): FakeRedisAnswer {
  return { failure: new TypeError("Connection refused") };
}

function get(guarded: GuardedRedis) {
  return guarded.run((client) => client.get("key"));
}

Deno.test("TRANSITIONS lead from every state back to closed, and only a probe does", () => {
  assertEquals(Object.keys(TRANSITIONS).sort(), ["closed", "half-open", "open"]);
  const closing = Object.values(TRANSITIONS).flatMap((events) =>
    Object.entries(events).filter(([, state]) => state === "closed")
  );
  assertEquals(closing, [["probe_succeeded", "closed"]]);
});

Deno.test("GuardedRedis run gives what the command gives", async () => {
  const { guarded } = createSetup();
  assertEquals(await get(guarded), { ok: true, value: "value" });
  assertEquals(guarded.available, true);
});

Deno.test("GuardedRedis run sends a failed request once", async () => {
  const { guarded, redis, mode } = createSetup();
  mode.answer = refuse;
  assertEquals(await get(guarded), { ok: false });
  assertEquals(redis.requests.length, 1);
  await guarded.stop();
});

Deno.test("GuardedRedis run gives no value when the command throws, at once or later", async () => {
  for (const command of [() => Promise.reject(new Error("nonsense")), () => raise()]) {
    const { guarded } = createSetup();
    assertEquals(await guarded.run(command), { ok: false });
    assertEquals(guarded.available, false);
    await guarded.stop();
  }
});

function raise(): Promise<never> {
  throw new Error("nonsense");
}

Deno.test("GuardedRedis cameBackLately for a minute after an outage, also where the data are old", async () => {
  const { guarded, runtime, mode } = createSetup();
  const since = NOW - 60_000;
  mode.answer = () => ({ result: since });
  await guarded.run((client) => client.get("key"), { sinceKey: "since" });
  assertEquals(guarded.cameBackLately, false);
  mode.answer = refuse;
  await get(guarded);
  assertEquals(guarded.cameBackLately, false);
  mode.answer = wellAnswer;
  runtime.advance(500);
  await settle();
  assertEquals([guarded.available, guarded.cameBackLately], [true, true]);
  runtime.advance(59_999);
  assertEquals(guarded.cameBackLately, true);
  runtime.advance(1);
  assertEquals(guarded.cameBackLately, false);
});

Deno.test("GuardedRedis cameBackLately until it is known how old the data are, and only a run with a marker asks", async () => {
  const { guarded, redis } = createSetup();
  await get(guarded);
  assertEquals([guarded.cameBackLately, redis.requests.length], [true, 1]);
});

Deno.test("GuardedRedis run gives what the command gives beside a marker that is none, and uses Redis on", async () => {
  const { guarded, mode } = createSetup();
  mode.answer = ([, key]) => key === "since" ? { error: "WRONGTYPE" } : { result: "value" };
  const found = await guarded.run((client) => client.get("key"), { sinceKey: "since" });
  assertEquals(found, { ok: true, value: "value" });
  assertEquals([guarded.available, guarded.cameBackLately], [true, true]);
});

Deno.test("GuardedRedis run gives no value when only the marker fails on its way", async () => {
  const { guarded, mode } = createSetup();
  mode.answer = ([, key]) => key === "since" ? refuse() : { result: "value" };
  const found = await guarded.run((client) => client.get("key"), { sinceKey: "since" });
  assertEquals([found, guarded.available], [{ ok: false }, false]);
  await guarded.stop();
});

Deno.test("GuardedRedis logs an outage of many requests by two lines without the token", async () => {
  const { guarded, runtime, mode } = createSetup();
  mode.answer = () => "hang";
  const runs = Array.from({ length: 100 }, () => get(guarded));
  runtime.advance(300);
  assertEquals(new Set((await Promise.all(runs)).map(({ ok }) => ok)), new Set([false]));
  // Several probes fail before one succeeds.
  for (let count = 0; count < 6; count++) {
    runtime.advance(500);
    await settle();
  }
  mode.answer = wellAnswer;
  runtime.advance(500);
  await settle();
  assertEquals(guarded.available, true);
  assertEquals(runtime.logs.map(({ event, level }) => [event, level]), [
    ["redis_unavailable", "warn"],
    ["redis_available", "info"],
  ]);
  assertEquals(runtime.logs[0]?.reason, "DeadlineError: No answer within 300 ms");
  assertEquals(runtime.logs[1]?.unavailable_ms, 3_500);
  for (const line of runtime.lines) assert(!line.includes(FAKE_REDIS_CONFIG.token));
});

Deno.test("GuardedRedis probes by PING, one at a time, and sends nothing else meanwhile", async () => {
  const { guarded, runtime, redis, mode } = createSetup();
  mode.answer = refuse;
  await get(guarded);
  mode.answer = () => "hang";
  runtime.advance(500);
  await settle();
  assertEquals(redis.sent("ping").length, 1);
  for (let count = 0; count < 10; count++) assertEquals(await get(guarded), { ok: false });
  runtime.advance(299);
  await settle();
  assertEquals(redis.sent("ping").length, 1);
  assertEquals(redis.sent("get").length, 1);
  // The probe's deadline, and the wait for the next.
  runtime.advance(1);
  await settle();
  runtime.advance(500);
  await settle();
  assertEquals(redis.sent("ping").length, 2);
  await guarded.stop();
});

Deno.test("GuardedRedis is used again at the first probe after recovery, 0.5 s after a failed one", async () => {
  const { guarded, runtime, redis, mode } = createSetup();
  mode.answer = refuse;
  await get(guarded);
  runtime.advance(500);
  await settle();
  mode.answer = wellAnswer;
  runtime.advance(499);
  await settle();
  assertEquals(await get(guarded), { ok: false });
  runtime.advance(1);
  await settle();
  assertEquals(await get(guarded), { ok: true, value: "value" });
  assertEquals(redis.sent("ping").length, 2);
});

Deno.test("GuardedRedis takes only PONG for an answer to its probe", async () => {
  const { guarded, runtime, mode } = createSetup();
  mode.answer = refuse;
  await get(guarded);
  const wrong: FakeRedisAnswer[] = [{ result: "value" }, { result: null }, { error: "ERR quota" }];
  for (const answer of wrong) {
    mode.answer = () => answer;
    runtime.advance(500);
    await settle();
    assertEquals(guarded.available, false);
  }
  await guarded.stop();
});

Deno.test("GuardedRedis stops probing when nobody asks, and resumes when somebody does", async () => {
  const { guarded, runtime, redis, mode } = createSetup();
  mode.answer = refuse;
  await get(guarded);
  for (let seconds = 0; seconds < 120; seconds++) {
    runtime.advance(500);
    await settle();
  }
  const probes = redis.sent("ping").length;
  assert(probes >= 59 && probes <= 61, `${probes} probes in 30 s`);
  mode.answer = wellAnswer;
  assertEquals(guarded.available, false);
  runtime.advance(0);
  await settle();
  assertEquals(guarded.available, true);
});

Deno.test("GuardedRedis probes within 0.5 s also when the clock was set back", async () => {
  const { guarded, runtime, mode } = createSetup();
  mode.answer = refuse;
  await get(guarded);
  // Probing has paused by now, so the next wait is reckoned with the changed clock.
  runtime.advance(60_000);
  await settle();
  runtime.advance(-3_600_000);
  mode.answer = wellAnswer;
  assertEquals(guarded.available, false);
  runtime.advance(500);
  await settle();
  assertEquals(guarded.available, true);
});

Deno.test("GuardedRedis leaves nothing running after shutdown", async () => {
  const { guarded, runtime, redis, mode } = createSetup();
  mode.answer = refuse;
  await get(guarded);
  await runtime.shutDown();
  const before = redis.requests.length;
  runtime.advance(10_000);
  await settle();
  assertEquals(await get(guarded), { ok: false });
  assertEquals(redis.requests.length, before);
});

Deno.test("createGuardedRedis without a configuration asks nobody and logs nothing", async () => {
  const runtime = createFakeRuntime();
  const guarded = createGuardedRedis(undefined, { runtime, log: createLogger(runtime) });
  assertEquals(await get(guarded), { ok: false });
  assertEquals([guarded.available, runtime.lines, runtime.slept], [false, [], []]);
  assertEquals(guarded.cameBackLately, false);
});
