import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { createIdempotencyMarker } from "../../_shared/limits/idempotency_marker.ts";
import { createGuardedRedis } from "../../_shared/limits/redis_client.ts";
import { createLogger } from "../../_shared/observability/log.ts";
import { createFakeRuntime, type FakeRuntime } from "../fakes.ts";
import { createFakeRedis, FAKE_REDIS_CONFIG, type FakeRedisAnswer, settle } from "./fake_redis.ts";

/** SET and DEL as Redis does them, over a map. */
function createStore() {
  const values = new Map<string, { value: string; seconds: number }>();
  function answer([name, key, value, ...options]: unknown[]): FakeRedisAnswer {
    const found = values.get(String(key));
    if (name === "del") return { result: values.delete(String(key)) ? 1 : 0 };
    if (name !== "set") return { error: `ERR unknown command '${name}'` };
    const has = (option: string) => options.includes(option);
    if (has("nx") ? found === undefined : !has("xx") || found !== undefined) {
      const seconds = Number(options[options.indexOf("ex") + 1]);
      values.set(String(key), { value: String(value), seconds });
      return { result: has("get") ? found?.value ?? null : "OK" };
    }
    return { result: has("get") ? found?.value ?? null : null };
  }
  return { values, answer };
}

/** A marker over `answer`, by default a working store. */
function createSetup(answer?: (command: unknown[]) => FakeRedisAnswer) {
  const store = createStore();
  const redis = createFakeRedis(answer ?? store.answer);
  const runtime = createFakeRuntime({ fetch: redis.fetch });
  const guarded = createGuardedRedis(FAKE_REDIS_CONFIG, { runtime, log: createLogger(runtime) });
  const marker = createIdempotencyMarker({ redis: guarded, runtime, prefix: "test" });
  return { marker, store, redis, runtime, guarded };
}

/** Moves the clock in small steps until `promise` has settled. */
async function pass<T>(runtime: FakeRuntime, promise: Promise<T>): Promise<T> {
  let isSettled = false;
  promise.catch(() => undefined).finally(() => isSettled = true);
  await settle();
  while (!isSettled) {
    runtime.advance(25);
    await settle();
  }
  return await promise;
}

Deno.test("IdempotencyMarker claim makes the first caller the owner for 30 s", async () => {
  const { marker, redis } = createSetup();
  assertEquals(await marker.claim("user-1", "key-1"), "first");
  const [name, key, value, ...options] = redis.requests[0]?.command ?? [];
  assertEquals([name, value, options], ["set", "pending", ["nx", "get", "ex", 30]]);
  assertEquals(key, "test:idem:user-1:key-1");
  assertEquals(redis.requests.length, 1);
});

Deno.test("IdempotencyMarker claim tells users and keys apart", async () => {
  const { marker, store } = createSetup();
  const keys = ["key", "Key", "key ", "ключ:🎨", "x".repeat(255)];
  for (const key of keys) assertEquals(await marker.claim("user-1", key), "first");
  assertEquals(await marker.claim("user-2", "key"), "first");
  assertEquals(store.values.size, keys.length + 1);
});

Deno.test("IdempotencyMarker claim gives replay for a day after done", async () => {
  const { marker, store } = createSetup();
  await marker.claim("user-1", "key");
  await marker.settle("user-1", "key", "done");
  assertEquals([...store.values.values()], [{ value: "done", seconds: 86_400 }]);
  assertEquals(await marker.claim("user-1", "key"), "replay");
});

Deno.test("IdempotencyMarker claim gives replay after uncertain: SQL is to look, and no second token is spent", async () => {
  const { marker } = createSetup();
  assertEquals(await marker.claim("user-1", "key-1"), "first");
  await marker.settle("user-1", "key-1", "uncertain");
  assertEquals(await marker.claim("user-1", "key-1"), "replay");
});

Deno.test("IdempotencyMarker claim gives first again after released", async () => {
  const { marker, store } = createSetup();
  await marker.claim("user-1", "key");
  await marker.settle("user-1", "key", "released");
  assertEquals(store.values.size, 0);
  assertEquals(await marker.claim("user-1", "key"), "first");
});

Deno.test("IdempotencyMarker settle done marks a key whose marker is gone", async () => {
  const { marker, store } = createSetup();
  await marker.claim("user-1", "key");
  store.values.clear();
  await marker.settle("user-1", "key", "done");
  assertEquals(await marker.claim("user-1", "key"), "replay");
});

Deno.test("IdempotencyMarker claim gives refused to all who waited for a refused caller", async () => {
  const { marker, runtime, store, redis } = createSetup();
  await marker.claim("user-1", "key");
  const waiting = Array.from({ length: 10 }, () => marker.claim("user-1", "key"));
  await settle();
  await marker.settle("user-1", "key", "refused");
  const started = runtime.now();
  const verdicts = await pass(runtime, Promise.all(waiting));
  assertEquals(new Set(verdicts), new Set(["refused"]));
  assert(runtime.now() - started <= 75);
  // As long as anybody may wait.
  assertEquals([...store.values.values()], [{ value: "refused", seconds: 2 }]);
  // One claim, ten waits of one poll, one settling.
  assertEquals(redis.requests.length, 22);
  await marker.settle("user-1", "key", "done");
  assertEquals(await marker.claim("user-1", "key"), "replay");
});

Deno.test("IdempotencyMarker claim waits for the first caller, in steps of about 50 ms", async () => {
  const { marker, runtime, redis } = createSetup();
  await marker.claim("user-1", "key");
  const waiting = marker.claim("user-1", "key");
  let isSettled = false;
  waiting.finally(() => isSettled = true);
  for (let count = 0; count < 20; count++) {
    runtime.advance(25);
    await settle();
  }
  assertEquals(isSettled, false);
  const polls = redis.requests.length - 2;
  assert(polls >= 5 && polls <= 20, `${polls} polls in 500 ms`);
  await marker.settle("user-1", "key", "done");
  assertEquals(await pass(runtime, waiting), "replay");
});

Deno.test("IdempotencyMarker claim makes one of the waiting callers the first when it is released", async () => {
  const { marker, runtime } = createSetup();
  await marker.claim("user-1", "key");
  const verdicts: string[] = [];
  const waiting = Array.from({ length: 10 }, async () => {
    verdicts.push(await marker.claim("user-1", "key"));
  });
  await settle();
  assertEquals(verdicts, []);
  await marker.settle("user-1", "key", "released");
  for (let count = 0; count < 4; count++) {
    runtime.advance(25);
    await settle();
  }
  assertEquals(verdicts, ["first"]);
  await marker.settle("user-1", "key", "done");
  await pass(runtime, Promise.all(waiting));
  assertEquals(verdicts, ["first", ...Array(9).fill("replay")]);
});

Deno.test("IdempotencyMarker claim gives unknown after 2 s, and leaves the owner its marker", async () => {
  const { marker, runtime, store, guarded } = createSetup();
  await marker.claim("user-1", "key");
  const started = runtime.now();
  assertEquals(await pass(runtime, marker.claim("user-1", "key")), "unknown");
  const waited = runtime.now() - started;
  assert(waited >= 2_000 && waited < 2_200, `${waited} ms`);
  assertEquals([...store.values.values()], [{ value: "pending", seconds: 30 }]);
  assertEquals(guarded.available, true);
});

Deno.test("IdempotencyMarker lets 100 racing callers submit once while the limit is 5", async () => {
  const { marker, runtime } = createSetup();
  let tokens = 5;
  const charged = new Map<string, number>();
  let submissions = 0;
  async function submit(key: string): Promise<number> {
    if (await marker.claim("user-1", key) === "first") {
      if (--tokens < 0) throw new Error("Rate limited");
      // The SQL function's part: a key is charged once.
      await runtime.sleep(120);
      charged.set(key, ++submissions);
      await marker.settle("user-1", key, "done");
    }
    return charged.get(key) ?? -1;
  }
  const answers = Array.from({ length: 100 }, () => submit("key"));
  assertEquals(new Set(await pass(runtime, Promise.all(answers))), new Set([1]));
  assertEquals([submissions, tokens], [1, 4]);
});

const BROKEN: Record<string, FakeRedisAnswer> = {
  "refuses": { failure: new TypeError("Connection refused") },
  "answers 500": { response: new Response("oops", { status: 500 }) },
  "answers another state": { result: "OK" },
  "answers a number": { result: 1 },
  "answers nothing": { response: Response.json({}) },
  "answers an error": { error: "ERR syntax error" },
};
for (const [what, answer] of Object.entries(BROKEN)) {
  Deno.test(`IdempotencyMarker claim gives unknown when Redis ${what}, and settle does not throw`, async () => {
    const { marker, guarded, redis } = createSetup(() => answer);
    assertEquals(await marker.claim("user-1", "key"), "unknown");
    assertEquals(await marker.claim("user-1", "key"), "unknown");
    await marker.settle("user-1", "key", "done");
    await marker.settle("user-1", "key", "released");
    assertEquals(redis.requests.length, 1);
    await guarded.stop();
  });
}

Deno.test("IdempotencyMarker claim gives unknown when Redis hangs, after one deadline", async () => {
  const { marker, runtime, guarded } = createSetup(() => "hang");
  const started = runtime.now();
  assertEquals(await pass(runtime, marker.claim("user-1", "key")), "unknown");
  assertEquals(runtime.now() - started, 300);
  assertEquals(await marker.claim("user-1", "key"), "unknown");
  await guarded.stop();
});

Deno.test("IdempotencyMarker claim gives unknown when Redis goes away while it waits", async () => {
  const store = createStore();
  let isAway = false;
  const { marker, runtime, guarded } = createSetup((command) =>
    isAway ? { failure: new TypeError("Connection refused") } : store.answer(command)
  );
  await marker.claim("user-1", "key");
  const waiting = marker.claim("user-1", "key");
  await settle();
  isAway = true;
  assertEquals(await pass(runtime, waiting), "unknown");
  await guarded.stop();
});

Deno.test("IdempotencyMarker claim gives unknown where no Redis is configured", async () => {
  const runtime = createFakeRuntime();
  const redis = createGuardedRedis(undefined, { runtime, log: createLogger(runtime) });
  const marker = createIdempotencyMarker({ redis, runtime, prefix: "test" });
  assertEquals(await marker.claim("user-1", "key"), "unknown");
  await marker.settle("user-1", "key", "done");
  assertNotEquals(await marker.claim("user-1", "key"), "first");
});
