/** How old Redis' data are: who writes the marker, what counts as unknown, and how seldom it is read. */
import { assertEquals, assertRejects } from "@std/assert";
import { Redis } from "@upstash/redis";
import { createRedisAge } from "../../_shared/limits/redis_age.ts";
import { createRedisRequests } from "../../_shared/limits/redis_requests.ts";
import { createFakeRuntime, NOW } from "../fakes.ts";
import { createFakeRedis, FAKE_REDIS_CONFIG, type FakeRedisAnswer, settle } from "./fake_redis.ts";

/** Ages of one Redis, which answers by `mode`; each made stands for an isolate. */
function createSetup(answer: (command: unknown[]) => FakeRedisAnswer | Promise<FakeRedisAnswer>) {
  const mode = { answer };
  const redis = createFakeRedis((command) => mode.answer(command));
  const runtime = createFakeRuntime({ fetch: redis.fetch });
  const client = new Redis(
    createRedisRequests(FAKE_REDIS_CONFIG, runtime)(new AbortController().signal),
  );
  const createIsolate = () => {
    const age = createRedisAge(runtime);
    return { age, learn: () => age.learn(client, "test:since") };
  };
  return { mode, redis, runtime, createIsolate };
}

/** GET and SET NX of the one key, as Redis does them. */
function createStore() {
  const store = { value: null as string | null };
  const answer = ([name, , value]: unknown[]): FakeRedisAnswer => {
    if (name === "get") return { result: store.value };
    const isSet = store.value === null;
    store.value ??= String(value);
    return { result: isSet ? "OK" : null };
  };
  return { store, answer };
}

Deno.test("RedisAge since is unknown before it was learned", () => {
  assertEquals(createSetup(() => "hang").createIsolate().age.since, Infinity);
});

Deno.test("RedisAge learn marks an empty Redis with the moment, and every isolate finds the first one's", async () => {
  const { store, answer } = createStore();
  const { createIsolate, runtime, redis } = createSetup(answer);
  const [first, second] = [createIsolate(), createIsolate()];
  await first.learn();
  runtime.advance(5_000);
  await second.learn();
  await first.learn();
  assertEquals([first.age.since, second.age.since, store.value], [NOW, NOW, String(NOW)]);
  assertEquals(redis.sent("set").map(({ command }) => command), [["set", "test:since", NOW, "nx"]]);
});

Deno.test("RedisAge learn finds within a second that Redis was emptied, and an isolate that is new at once", async () => {
  const { store, answer } = createStore();
  const { createIsolate, runtime } = createSetup(answer);
  const [idle, fresh] = [createIsolate(), createIsolate()];
  await idle.learn();
  runtime.advance(100_000);
  await idle.learn();
  store.value = null;
  runtime.advance(500);
  await fresh.learn();
  await idle.learn();
  assertEquals([fresh.age.since, idle.age.since], [NOW + 100_500, NOW]);
  runtime.advance(500);
  await idle.learn();
  assertEquals(idle.age.since, NOW + 100_500);
});

Deno.test("RedisAge learn reads the marker once a second, also when the clock was set back", async () => {
  const { createIsolate, runtime, redis } = createSetup(createStore().answer);
  const { learn } = createIsolate();
  for (let count = 0; count < 10; count++) {
    await learn();
    runtime.advance(100);
  }
  assertEquals(redis.sent("get").length, 1);
  await learn();
  assertEquals(redis.sent("get").length, 2);
  runtime.advance(-3_600_000);
  await learn();
  assertEquals(redis.sent("get").length, 3);
});

Deno.test("RedisAge learn takes its own moment for a second where another isolate was quicker", async () => {
  const { store, answer } = createStore();
  const { createIsolate, mode, runtime } = createSetup(answer);
  const { age, learn } = createIsolate();
  mode.answer = (command) => {
    const found = answer(command);
    store.value ??= String(NOW - 3);
    return found;
  };
  await learn();
  assertEquals([age.since, store.value], [NOW, String(NOW - 3)]);
  runtime.advance(1_000);
  await learn();
  assertEquals(age.since, NOW - 3);
});

Deno.test("RedisAge learn has those who come meanwhile wait for the same answer", async () => {
  const { promise: answered, resolve: answer } = Promise.withResolvers<FakeRedisAnswer>();
  const { createIsolate, redis } = createSetup(() => answered);
  const { age, learn } = createIsolate();
  let done = 0;
  const all = Array.from({ length: 100 }, () => learn().then(() => done++));
  await settle();
  assertEquals([done, redis.requests.length], [0, 1]);
  answer({ result: String(NOW - 7_000) });
  await Promise.all(all);
  assertEquals([age.since, redis.requests.length], [NOW - 7_000, 1]);
});

const ODD: Record<string, FakeRedisAnswer> = {
  "a text": { result: "garbage" },
  "OK": { result: "OK" },
  "a list": { result: [NOW] },
  "an object": { result: { since: NOW } },
  "half a millisecond": { result: "1.5" },
  "zero": { result: 0 },
  "a number below zero": { result: -1 },
  "a number beyond counting": { result: "1e300" },
  "an error of the command": { error: "WRONGTYPE Operation against a key" },
};
for (const [what, answer] of Object.entries(ODD)) {
  Deno.test(`RedisAge since is unknown when the marker is ${what}, though it was known before`, async () => {
    const { createIsolate, mode, runtime } = createSetup(createStore().answer);
    const { age, learn } = createIsolate();
    await learn();
    runtime.advance(1_000);
    mode.answer = () => answer;
    await learn();
    assertEquals(age.since, Infinity);
  });
}

Deno.test("RedisAge learn throws when Redis does not answer, and asks again next time", async () => {
  const broken: FakeRedisAnswer[] = [
    { failure: new TypeError("Connection refused") },
    { response: new Response("oops", { status: 500 }) },
    { response: new Response("<html>") },
    { response: Response.json({}) },
  ];
  for (const answer of broken) {
    const { createIsolate, mode } = createSetup(() => answer);
    const { age, learn } = createIsolate();
    await assertRejects(learn);
    assertEquals(age.since, Infinity);
    mode.answer = () => ({ result: NOW - 1 });
    await learn();
    assertEquals(age.since, NOW - 1);
  }
});
