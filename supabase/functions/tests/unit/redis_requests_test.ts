/** Redis commands over HTTP: alone, in pipelines, and given up. */
import { assertEquals, assertRejects } from "@std/assert";
import { createRedisRequests } from "../../_shared/limits/redis_requests.ts";
import { createFakeRuntime } from "../fakes.ts";
import { createFakeRedis, FAKE_REDIS_CONFIG, type FakeRedisAnswer, settle } from "./fake_redis.ts";

/** The first two commands, `first` and `second`, keep the others waiting until `open` is called. */
function createSetup(answer: (key: unknown) => FakeRedisAnswer = (key) => ({ result: key })) {
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  const redis = createFakeRedis(async ([, key]) => {
    if (key === "first" || key === "second") await opened;
    return answer(key);
  });
  const runtime = createFakeRuntime({ fetch: redis.fetch });
  const requests = createRedisRequests(FAKE_REDIS_CONFIG, runtime);
  const get = (key: string, signal = new AbortController().signal) =>
    requests(signal).request({ body: ["GET", key] });
  return { redis, open, get, requests, first: [get("first"), get("second")] };
}

Deno.test("createRedisRequests sends a command at once, with the token", async () => {
  const { redis, open, first } = createSetup();
  open();
  assertEquals(await Promise.all(first), [{ result: "first" }, { result: "second" }]);
  assertEquals(redis.requests.map(({ url }) => url), ["https://redis.test", "https://redis.test"]);
  assertEquals(redis.requests[0]?.headers.get("authorization"), "Bearer fake-redis-token");
});

Deno.test("createRedisRequests sends what comes meanwhile in one pipeline, and gives each its own answer", async () => {
  const { redis, open, get } = createSetup((key) =>
    key === "broken" ? { error: "ERR wrong" } : { result: key }
  );
  const later = ["a", "broken", "c"].map((key) => get(key));
  open();
  assertEquals(await Promise.all(later), [{ result: "a" }, { error: "ERR wrong" }, {
    result: "c",
  }]);
  assertEquals(
    redis.requests.slice(2).map(({ url }) => url),
    Array(3).fill("https://redis.test/pipeline"),
  );
});

Deno.test("createRedisRequests fails every command of a pipeline that is refused or answered with nonsense", async () => {
  const nonsense: FakeRedisAnswer[] = [
    { response: new Response("", { status: 500 }) },
    { response: Response.json({ result: "a" }) },
    { response: Response.json(null) },
    { failure: new TypeError("Connection refused") },
  ];
  for (const answer of nonsense) {
    const { open, get } = createSetup((key) => key === "a" ? answer : { result: key });
    const ended = Promise.allSettled([get("a"), get("b")]);
    open();
    assertEquals((await ended).map(({ status }) => status), ["rejected", "rejected"]);
  }
});

Deno.test("createRedisRequests never sends a command that was given up while it waited", async () => {
  const { redis, open, get } = createSetup();
  const impatient = new AbortController();
  const late = get("late", impatient.signal);
  impatient.abort(new Error("too late"));
  await assertRejects(() => late, Error, "too late");
  const later = get("later");
  open();
  assertEquals(await later, { result: "later" });
  assertEquals(redis.requests.map(({ command }) => command[1]), ["first", "second", "later"]);
});

Deno.test("createRedisRequests gives a pipeline up once nobody waits for it any more", async () => {
  const { redis, open, get } = createSetup((key) => key === "a" ? "hang" : { result: key });
  const [one, other] = [new AbortController(), new AbortController()];
  const ended = Promise.allSettled([get("a", one.signal), get("b", other.signal)]);
  open();
  await settle();
  one.abort(new Error("one"));
  await settle();
  const signal = redis.requests.at(-1)?.signal;
  assertEquals(signal?.aborted, false);
  other.abort(new Error("other"));
  assertEquals(signal?.aborted, true);
  assertEquals((await ended).map(({ status }) => status), ["rejected", "rejected"]);
});

Deno.test("createRedisRequests refuses what is not one command", async () => {
  const { requests } = createSetup();
  const { signal } = new AbortController();
  await assertRejects(
    () => requests(signal).request({ path: ["multi-exec"], body: [] }),
    TypeError,
    'Cannot send "multi-exec" to Redis',
  );
});
