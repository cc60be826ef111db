import { assert, assertEquals, assertRejects } from "@std/assert";
import { createRateLimiter, type RateLimitRule } from "../../_shared/limits/rate_limiter.ts";
import { createGuardedRedis } from "../../_shared/limits/redis_client.ts";
import { createLogger } from "../../_shared/observability/log.ts";
import { createFakeRuntime, NOW } from "../fakes.ts";
import { createFakeRedis, FAKE_REDIS_CONFIG, type FakeRedisAnswer, settle } from "./fake_redis.ts";

const RULE: RateLimitRule = { name: "generation", identifier: "user-1", limit: 5 };

/**
 * A limiter over a Redis that answers by `answer`, and over a store that counts what it is asked. The marker
 * of the data's age is answered by `marker`: they are old unless a test says otherwise.
 */
function createSetup(
  answer: (command: unknown[]) => FakeRedisAnswer | Promise<FakeRedisAnswer>,
  {
    isConfigured = true,
    asksBoth = false,
    marker = () => ({ result: NOW - 3_600_000 }),
    stored = () => Promise.resolve({ allowed: true, remaining: 3, reset_seconds: 7 }),
  }: {
    isConfigured?: boolean;
    asksBoth?: boolean;
    marker?: () => FakeRedisAnswer;
    stored?: () => Promise<{ allowed: boolean; remaining: number; reset_seconds: number }>;
  } = {},
) {
  const redis = createFakeRedis((command) =>
    command[1] === "test:since" ? marker() : answer(command)
  );
  const runtime = createFakeRuntime({ fetch: redis.fetch });
  const guarded = createGuardedRedis(isConfigured ? FAKE_REDIS_CONFIG : undefined, {
    runtime,
    log: createLogger(runtime),
  });
  const stores: RateLimitRule[] = [];
  const db = {
    takeRateLimitToken(rule: RateLimitRule) {
      stores.push(rule);
      return stored();
    },
    readRateLimit(rule: RateLimitRule) {
      stores.push(rule);
      return stored();
    },
  };
  const limiter = createRateLimiter({ redis: guarded, db, prefix: "test", asksBoth });
  return { redis, runtime, guarded, stores, limiter };
}

/** What the token bucket script gives: tokens left (-1: refused), when the next comes, the limit. */
function bucket(left: number, nextInMs: number, limit = 5): FakeRedisAnswer {
  return { result: [left, Date.now() + nextInMs, limit] };
}

Deno.test("RateLimiter take asks the token bucket in Redis once, and no table", async () => {
  const { limiter, redis, stores } = createSetup(() => bucket(4, 11_500));
  assertEquals(await limiter.take(RULE), {
    allowed: true,
    limit: 5,
    remaining: 4,
    resetSeconds: 12,
    source: "redis",
  });
  const [request, ...others] = redis.sent("evalsha");
  assertEquals(others, []);
  assertEquals(request?.url, "https://redis.test");
  assertEquals(request?.headers.get("authorization"), "Bearer fake-redis-token");
  const [name, , keys, key, capacity, intervalMs, refillRate, , cost] = request?.command ?? [];
  assertEquals([name, keys, key], ["evalsha", 1, "test:generation:user-1"]);
  assertEquals([capacity, intervalMs, refillRate, cost], [5, 12_000, 1, 1]);
  assertEquals(stores, []);
});

Deno.test("RateLimiter take refuses where the bucket is empty, and touches no table", async () => {
  const { limiter, stores } = createSetup(() => bucket(-1, 300));
  assertEquals(await limiter.take(RULE), {
    allowed: false,
    limit: 5,
    remaining: 0,
    resetSeconds: 1,
    source: "redis",
  });
  assertEquals(stores, []);
});

Deno.test("RateLimiter take keeps the bucket of a rule when its limit changes", async () => {
  const { limiter, redis } = createSetup((command) => bucket(0, 1_000, Number(command[4])));
  await limiter.take(RULE);
  await limiter.take({ ...RULE, limit: 40 });
  await limiter.take({ ...RULE, name: "login_user" });
  assertEquals(redis.sent("evalsha").map(({ command }) => command[3]), [
    "test:generation:user-1",
    "test:generation:user-1",
    "test:login_user:user-1",
  ]);
});

Deno.test("RateLimiter take refills any limit evenly, within 5 % of a minute", async () => {
  const { limiter, redis } = createSetup((command) => bucket(0, 1, Number(command[4])));
  for (const limit of [1, 5, 7, 59, 600, 5_999, 6_000, 7_001, 60_001, 1_000_000]) {
    assertEquals((await limiter.take({ ...RULE, limit })).source, "redis");
    const [, , , , , intervalMs, refillRate] = redis.sent("evalsha").at(-1)?.command ?? [];
    const aMinute = 60_000 / Number(intervalMs) * Number(refillRate);
    assert(Math.abs(aMinute / limit - 1) <= 0.05, `${aMinute} a minute instead of ${limit}`);
    assert(limit > 6_000 || refillRate === 1);
  }
});

Deno.test("RateLimiter take keeps resetSeconds within one interval, whatever Redis says", async () => {
  let nextInMs = 0;
  const { limiter } = createSetup(() => bucket(-1, nextInMs));
  for (const [given, expected] of [[-5_000, 1], [0, 1], [1, 1], [11_999, 12], [900_000, 12]]) {
    nextInMs = given ?? 0;
    assertEquals((await limiter.take(RULE)).resetSeconds, expected);
  }
});

Deno.test("RateLimiter take decides in Postgres where no Redis is configured", async () => {
  const { limiter, redis, stores, runtime } = createSetup(() => "hang", { isConfigured: false });
  assertEquals(await limiter.take(RULE), {
    allowed: true,
    limit: 5,
    remaining: 3,
    resetSeconds: 7,
    source: "postgres",
  });
  assertEquals([redis.requests, stores, runtime.lines], [[], [RULE], []]);
});

Deno.test("RateLimiter take refuses by Postgres as it allows by it", async () => {
  const { limiter } = createSetup(() => ({ failure: new TypeError("refused") }), {
    stored: () => Promise.resolve({ allowed: false, remaining: 0, reset_seconds: 12 }),
  });
  const decision = await limiter.take(RULE);
  assertEquals([decision.allowed, decision.resetSeconds, decision.source], [false, 12, "postgres"]);
});

const BROKEN: Record<string, () => FakeRedisAnswer> = {
  "a refused connection": () => ({ failure: new TypeError("Connection refused") }),
  "500": () => ({ response: new Response("oops", { status: 500 }) }),
  "500 and a sound result": () => ({
    response: Response.json(bucket(4, 1_000), { status: 500 }),
  }),
  "503 without a body": () => ({ response: new Response(null, { status: 503 }) }),
  "401": () => ({ response: Response.json({ error: "WRONGPASS" }, { status: 401 }) }),
  "429": () => ({ response: Response.json({ error: "too many" }, { status: 429 }) }),
  "a redirect": () => ({
    response: new Response(null, { status: 302, headers: { location: "/" } }),
  }),
  "HTML": () => ({ response: new Response("<html>") }),
  "an empty body": () => ({ response: new Response("") }),
  "a bare null": () => ({ response: new Response("null") }),
  "a bare text": () => ({ response: new Response('"OK"') }),
  "no result": () => ({ response: Response.json({}) }),
  "an error of the script": () => ({ error: "OOM command not allowed" }),
  "a null": () => ({ result: null }),
  "a text": () => ({ result: "garbage" }),
  "an empty list": () => ({ result: [] }),
  "no numbers": () => ({ result: ["a", "b", "c"] }),
  "another limit": () => bucket(4, 1_000, 6),
  "more than the limit": () => bucket(5, 1_000),
  "half a token": () => bucket(0.5, 1_000),
};
for (const [what, answer] of Object.entries(BROKEN)) {
  Deno.test(`RateLimiter take decides in Postgres when Redis answers with ${what}`, async () => {
    const { limiter, guarded, stores, runtime } = createSetup(answer);
    assertEquals((await limiter.take(RULE)).source, "postgres");
    assertEquals(stores, [RULE]);
    assertEquals(guarded.available, false);
    assertEquals(runtime.logs.map(({ event }) => event), ["redis_unavailable"]);
    await guarded.stop();
  });
}

Deno.test("RateLimiter take decides in Postgres when Redis hangs, at once after the first time", async () => {
  const { limiter, guarded, redis, runtime } = createSetup(() => "hang");
  const first = limiter.take(RULE);
  runtime.advance(299);
  const [asked] = redis.sent("evalsha");
  assertEquals(asked?.signal?.aborted, false);
  runtime.advance(1);
  assertEquals((await first).source, "postgres");
  assertEquals(asked?.signal?.aborted, true);
  // The clock stands still: these wait for nothing.
  for (let count = 0; count < 5; count++) {
    assertEquals((await limiter.take(RULE)).source, "postgres");
  }
  assertEquals(redis.sent("evalsha").length, 1);
  await guarded.stop();
});

Deno.test("RateLimiter take sends the script when Redis has forgotten it, within the same deadline", async () => {
  const { limiter, guarded, runtime, redis } = createSetup(([name]) => {
    if (name === "eval") return "hang";
    runtime.advance(200);
    return { error: "NOSCRIPT No matching script" };
  });
  const decision = limiter.take(RULE);
  while (redis.sent("eval").length === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  runtime.advance(100);
  assertEquals((await decision).source, "postgres");
  assertEquals(redis.sent("eval")[0]?.signal?.aborted, true);
  await guarded.stop();
});

Deno.test("RateLimiter take uses the answer to the script it sent", async () => {
  const { limiter } = createSetup(([name]) =>
    name === "eval" ? bucket(4, 12_000) : { error: "NOSCRIPT No matching script" }
  );
  assertEquals((await limiter.take(RULE)).source, "redis");
});

Deno.test("RateLimiter take throws what the store throws: it never lets a request pass undecided", async () => {
  const { limiter, guarded } = createSetup(() => ({ failure: new TypeError("refused") }), {
    stored: () => Promise.reject(new Error("Cannot use the database")),
  });
  await assertRejects(() => limiter.take(RULE), Error, "Cannot use the database");
  await guarded.stop();
});

Deno.test("RateLimiter take refuses a limit that is no whole number from 1", async () => {
  const { limiter, redis, stores } = createSetup(() => bucket(4, 1));
  for (const limit of [0, -1, 1.5, NaN, Infinity, "5" as unknown as number]) {
    await assertRejects(() => limiter.take({ ...RULE, limit }), RangeError, '"generation"');
  }
  assertEquals([redis.requests, stores], [[], []]);
});

Deno.test("RateLimiter take learns how old Redis' data are beside its token, once a second", async () => {
  const { limiter, guarded, redis, runtime, stores } = createSetup(() => bucket(4, 11_500));
  assertEquals(guarded.cameBackLately, true);
  await limiter.take(RULE);
  assertEquals(guarded.cameBackLately, false);
  assertEquals(redis.sent("get").map(({ command }) => command), [["get", "test:since"]]);
  runtime.advance(999);
  await limiter.take(RULE);
  assertEquals(redis.sent("get").length, 1);
  runtime.advance(1);
  await limiter.take(RULE);
  assertEquals([redis.sent("get").length, redis.sent("evalsha").length], [2, 3]);
  assertEquals([redis.requests.length, stores], [5, []]);
});

Deno.test("RateLimiter take that asks both has Postgres judge too while Redis' data are young, and only then", async () => {
  let marker: FakeRedisAnswer = { result: null };
  let isAllowed = true;
  const { limiter, runtime, stores } = createSetup(() => bucket(4, 11_500), {
    asksBoth: true,
    marker: () => marker,
    stored: () => Promise.resolve({ allowed: isAllowed, remaining: 0, reset_seconds: 7 }),
  });
  const take = async () => {
    const { allowed, source } = await limiter.take(RULE);
    return [allowed, source, stores.length];
  };
  assertEquals(await take(), [true, "postgres", 1]);
  isAllowed = false;
  assertEquals(await take(), [false, "postgres", 2]);
  marker = { result: NOW };
  runtime.advance(59_999);
  assertEquals(await take(), [false, "postgres", 3]);
  runtime.advance(1);
  assertEquals(await take(), [true, "redis", 3]);
});

Deno.test("RateLimiter take refuses by Redis alone also where it asks both", async () => {
  const { limiter, stores } = createSetup(() => bucket(-1, 300), {
    asksBoth: true,
    marker: () => ({ result: null }),
  });
  const { allowed, source } = await limiter.take(RULE);
  assertEquals([allowed, source, stores], [false, "redis", []]);
});

Deno.test("RateLimiter take leaves Postgres to its caller unless it asks both", async () => {
  const { limiter, guarded, stores } = createSetup(() => bucket(4, 11_500), {
    marker: () => ({ result: null }),
  });
  const { allowed, source } = await limiter.take(RULE);
  assertEquals([allowed, source, stores], [true, "redis", []]);
  assertEquals(guarded.cameBackLately, true);
});

Deno.test("RateLimiter take decides in Postgres when the marker does not come within the deadline", async () => {
  const { limiter, guarded, runtime } = createSetup(() => bucket(4, 11_500), {
    marker: () => "hang",
  });
  const decision = limiter.take(RULE);
  await settle();
  runtime.advance(300);
  assertEquals((await decision).source, "postgres");
  await guarded.stop();
});

Deno.test("RateLimiter peek adds to what Redis tells what has been refilled since, and writes nothing", async () => {
  // What the script gives: tokens as they were left, when that was (-1: never), the limit.
  let left: unknown[] = [];
  const { limiter, redis, stores } = createSetup(() => ({ result: left }));
  const peekAfter = async (tokens: number, milliseconds: number) => {
    left = [tokens, Date.now() - milliseconds, 5];
    return await limiter.peek(RULE);
  };
  assertEquals(await peekAfter(2, 1_000), { limit: 5, remaining: 2, resetSeconds: 11 });
  assertEquals(await peekAfter(2, 25_000), { limit: 5, remaining: 4, resetSeconds: 11 });
  assertEquals((await peekAfter(2, 3_600_000)).remaining, 5);
  left = [5, -1, 5];
  assertEquals(await limiter.peek(RULE), { limit: 5, remaining: 5, resetSeconds: 12 });
  assertEquals(redis.requests.map(({ command }) => command[0]), Array(4).fill("evalsha"));
  assertEquals(redis.requests.map(({ command }) => command.length), Array(4).fill(5));
  assertEquals(stores, []);
});

Deno.test("RateLimiter peek looks into Postgres where Redis does not answer", async () => {
  for (const isConfigured of [true, false]) {
    const { limiter, stores } = createSetup(() => ({ error: "ERR away" }), { isConfigured });
    assertEquals(await limiter.peek(RULE), { limit: 5, remaining: 3, resetSeconds: 7 });
    assertEquals(stores, [RULE]);
  }
});
