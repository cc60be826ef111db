// The limits over a real Redis behind the stack's Upstash bridge. Deadlines are long, so that a slow
// machine does not pass for a slow Redis; the tests of the deadline itself are unit tests.
import { assert, assertEquals } from "@std/assert";
import { AppError } from "../../_shared/http/errors.ts";
import { createIdempotencyMarker } from "../../_shared/limits/idempotency_marker.ts";
import { createRateLimiter, type RateLimitRule } from "../../_shared/limits/rate_limiter.ts";
import { createGuardedRedis, type GuardedRedis } from "../../_shared/limits/redis_client.ts";
import { createLogger } from "../../_shared/observability/log.ts";
import { createRuntime } from "../../_shared/platform/create_runtime.ts";
import { admit } from "../../generation/admission.ts";
import { type RedisFixture, testWithRedis } from "../../../../scripts/stack/tests/redis_fixture.ts";

const RULE: RateLimitRule = { name: "generation", identifier: "user-1", limit: 5 };

/**
 * A limiter and a marker on the real runtime, as an isolate has them; the store in place of Postgres counts, and
 * allows while it has `tokens`, which isolates may share.
 */
function createSetup(
  config: RedisFixture["config"],
  { deadlineMs = 20_000, tokens = { left: Infinity } } = {},
) {
  const lines: string[] = [];
  const runtime = {
    ...createRuntime(),
    onShutdown: () => undefined,
    writeLog: (_level: string, line: string) => void lines.push(line),
  };
  const redis = createGuardedRedis(config, { runtime, log: createLogger(runtime), deadlineMs });
  let stored = 0;
  const answer = () => {
    stored++;
    return Promise.resolve({ allowed: tokens.left-- > 0, remaining: 4, reset_seconds: 12 });
  };
  const db = { takeRateLimitToken: answer, readRateLimit: answer };
  const limiter = createRateLimiter({ redis, db, prefix: "test" });
  const marker = createIdempotencyMarker({ redis, runtime, prefix: "test" });
  const tuning = {
    rateLimitPerMinute: () => Promise.resolve(RULE.limit),
    rateLimitForRefusal: () => Promise.resolve(RULE.limit),
    observe: () => {},
  };

  /** Submits as the function does, and tells whether it was accepted. */
  async function submit(): Promise<boolean> {
    try {
      const who = { userId: "user-1", key: undefined };
      const { enforceInPostgres } = await admit({ redis, limiter, marker, tuning }, who);
      return !enforceInPostgres || (await answer()).allowed;
    } catch (error) {
      if (error instanceof AppError && error.code === "rate_limited") return false;
      throw error;
    }
  }

  /** How many of ten submissions are accepted. */
  async function submitTen(): Promise<number> {
    let accepted = 0;
    for (let count = 0; count < 10; count++) if (await submit()) accepted++;
    return accepted;
  }

  return { redis, lines, stored: () => stored, limiter, marker, submitTen };
}

/** Waits until the client uses Redis again; fails after 60 s. */
async function untilAvailable(redis: GuardedRedis): Promise<void> {
  for (const giveUp = Date.now() + 60_000; !redis.available;) {
    if (Date.now() > giveUp) throw new Error("Redis is not used again within 60 s");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Holds `Date.now`, by which @upstash/ratelimit tells the time, at what the test sets. */
function holdClock(): { advance(milliseconds: number): void; [Symbol.dispose](): void } {
  const original = Date.now;
  let now = original();
  Date.now = () => now;
  return {
    advance: (milliseconds) => now += milliseconds,
    [Symbol.dispose]: () => Date.now = original,
  };
}

/** Waits until the bridge has found the restarted Redis, as nobody's client would: a new one then sees no outage. */
async function untilReachable({ url, token }: RedisFixture["config"]): Promise<void> {
  for (let isReachable = false; !isReachable;) {
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(url, { method: "POST", headers, body: '["PING"]' });
    await response.body?.cancel();
    isReachable = response.ok;
    if (!isReachable) await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Has Redis hold data that are a minute old. */
async function letGrowOld(redis: GuardedRedis, clock: { advance(ms: number): void }) {
  await redis.run((client) => client.set("test:since", Date.now()));
  clock.advance(60_000);
}

testWithRedis("RateLimiter take allows exactly its limit of 100 at once", async ({ config }) => {
  using _clock = holdClock();
  const { limiter, stored } = createSetup(config);
  for (const identifier of ["user-1", "user-2"]) {
    const requests = Array.from({ length: 100 }, () => limiter.take({ ...RULE, identifier }));
    const decisions = await Promise.all(requests);
    const allowed = decisions.filter((decision) => decision.allowed);
    assertEquals(allowed.map(({ remaining }) => remaining).sort(), [0, 1, 2, 3, 4]);
    for (const decision of decisions) {
      assertEquals([decision.source, decision.resetSeconds], ["redis", 12]);
    }
  }
  assertEquals(stored(), 0);
});

testWithRedis(
  "RateLimiter take gives one token each 60 s / limit, up to the limit",
  async ({ config }) => {
    using clock = holdClock();
    const { limiter } = createSetup(config);
    const take = async () => (await limiter.take(RULE)).allowed;
    for (let count = 0; count < 5; count++) assertEquals(await take(), true);
    clock.advance(11_999);
    assertEquals(await take(), false);
    assertEquals((await limiter.take(RULE)).resetSeconds, 1);
    clock.advance(1);
    assertEquals([await take(), await take()], [true, false]);
    clock.advance(3_600_000);
    const later = [];
    for (let count = 0; count < 6; count++) later.push(await take());
    assertEquals(later, [true, true, true, true, true, false]);
  },
);

testWithRedis("RateLimiter peek finds what the next take would find", async ({ config }) => {
  using clock = holdClock();
  const { limiter, stored } = createSetup(config);
  const peek = () => limiter.peek(RULE);
  assertEquals(await peek(), { limit: 5, remaining: 5, resetSeconds: 12 });
  for (let count = 0; count < 4; count++) await limiter.take(RULE);
  assertEquals(
    [await peek(), await peek()],
    Array(2).fill({ limit: 5, remaining: 1, resetSeconds: 12 }),
  );
  clock.advance(29_000);
  assertEquals(await peek(), { limit: 5, remaining: 3, resetSeconds: 7 });
  assertEquals((await limiter.take(RULE)).remaining, 2);
  assertEquals(await peek(), { limit: 5, remaining: 2, resetSeconds: 7 });
  assertEquals(stored(), 0);
});

testWithRedis("RateLimiter take gives no tokens for a changed limit", async ({ config }) => {
  using _clock = holdClock();
  const { limiter } = createSetup(config);
  let allowed = 0;
  for (const limit of [5, 6, 7, 6, 5, 8]) {
    for (let count = 0; count < 10; count++) {
      if ((await limiter.take({ ...RULE, limit })).allowed) allowed++;
    }
  }
  assertEquals(allowed, 5);
});

// 7: one token above the lower limit is left after the first of it, which then looks like a full bucket.
for (const higher of [50, 7]) {
  testWithRedis(
    `RateLimiter take obeys a limit lowered from ${higher} at once`,
    async ({ config }) => {
      using _clock = holdClock();
      const { limiter } = createSetup(config);
      await limiter.take({ ...RULE, limit: higher });
      const decisions = [];
      for (let count = 0; count < 6; count++) {
        decisions.push(await limiter.take({ ...RULE, limit: 5 }));
      }
      assertEquals(decisions.map(({ allowed }) => allowed), [true, true, true, true, true, false]);
      assertEquals(decisions[0]?.remaining, 4);
      assertEquals(decisions.map(({ source }) => source), Array(6).fill("redis"));
    },
  );
}

testWithRedis(
  "RateLimiter take decides in Postgres while Redis is down, hangs or fails, then in Redis again",
  async ({ config, bridge }) => {
    const { limiter, redis, lines, stored } = createSetup(config, { deadlineMs: 1_000 });
    const source = async () => (await limiter.take({ ...RULE, limit: 1_000 })).source;
    for (const faults of ["down", "hang", [{ status: 500 }, { status: 502 }]] as const) {
      await untilAvailable(redis);
      assertEquals(await source(), "redis");
      const before = stored();
      await bridge.setFaults(faults);
      for (let count = 0; count < 10; count++) assertEquals(await source(), "postgres");
      assertEquals(stored(), before + 10);
      await bridge.setFaults("ok");
    }
    await untilAvailable(redis);
    const events = lines.map((line) => JSON.parse(line).event);
    assertEquals(events, Array(3).fill(["redis_unavailable", "redis_available"]).flat());
    for (const line of lines) assert(!line.includes(config.token));
  },
);

testWithRedis(
  "RateLimiter take works on after Redis was restarted and has forgotten its script",
  async ({ config, server }) => {
    const { limiter, redis } = createSetup(config);
    assertEquals((await limiter.take(RULE)).remaining, 4);
    await server.kill();
    assertEquals((await limiter.take(RULE)).source, "postgres");
    await server.restart();
    await untilAvailable(redis);
    const decision = await limiter.take(RULE);
    assertEquals([decision.source, decision.remaining], ["redis", 4]);
  },
);

testWithRedis(
  "admit gives two allowances around an outage of Redis, whichever isolate is asked after it",
  async ({ config, server }) => {
    using clock = holdClock();
    const tokens = { left: 5 };
    const createIsolate = () => createSetup(config, { tokens });
    await letGrowOld(createIsolate().redis, clock);
    const [idle, busy] = [createIsolate(), createIsolate()];
    assertEquals([await idle.submitTen(), idle.stored()], [5, 0]);
    await server.kill();
    assertEquals([await busy.submitTen(), tokens.left <= 0], [5, true]);
    await server.restart();
    await untilReachable(config);
    const fresh = createIsolate();
    assertEquals([await fresh.submitTen(), fresh.stored()], [0, 5]);
    // What the idle one knows holds for a second.
    clock.advance(1_000);
    assertEquals(await idle.submitTen(), 0);
    // A minute later every bucket has refilled, and Redis is trusted alone again.
    clock.advance(60_000);
    const later = createIsolate();
    assertEquals([await later.submitTen(), later.stored()], [5, 0]);
    await busy.redis.stop();
  },
);

testWithRedis(
  "admit gives two allowances however often Redis is emptied",
  async ({ config }) => {
    using clock = holdClock();
    const tokens = { left: 5 };
    const createIsolate = () => createSetup(config, { tokens });
    await letGrowOld(createIsolate().redis, clock);
    const accepted = [];
    for (let count = 0; count < 4; count++) {
      const { submitTen, redis } = createIsolate();
      accepted.push(await submitTen());
      assertEquals((await redis.run((client) => client.flushall())).ok, true);
    }
    assertEquals(accepted, [5, 5, 0, 0]);
  },
);

testWithRedis("admit asks Postgres too while the marker in Redis is a list", async ({ config }) => {
  const { redis, submitTen, stored } = createSetup(config, { tokens: { left: 3 } });
  await redis.run((client) => client.lpush("test:since", "nonsense"));
  assertEquals([await submitTen(), stored(), redis.available], [3, 5, true]);
});

testWithRedis("GuardedRedis probe spends no token", async ({ config, bridge }) => {
  using _clock = holdClock();
  const { limiter, redis } = createSetup(config);
  await limiter.take(RULE);
  await bridge.setFaults([{ status: 500 }]);
  assertEquals((await limiter.take(RULE)).source, "postgres");
  // Sleeping does not look at the held clock, so the probe comes after half a second.
  while (!redis.available) await new Promise((resolve) => setTimeout(resolve, 10));
  assertEquals((await limiter.take(RULE)).remaining, 3);
});

testWithRedis(
  "IdempotencyMarker lets 100 racing submissions of one key spend one token",
  async ({ config }) => {
    using _clock = holdClock();
    const { limiter, marker, stored } = createSetup(config);
    const charged = new Map<string, number>();
    let submissions = 0;
    async function submit(key: string): Promise<number | undefined> {
      if (await marker.claim("user-1", key) === "first") {
        if (!(await limiter.take(RULE)).allowed) throw new Error("Rate limited");
        charged.set(key, ++submissions);
        await marker.settle("user-1", key, "done");
      }
      return charged.get(key);
    }
    const answers = await Promise.all(Array.from({ length: 100 }, () => submit("key")));
    assertEquals(new Set(answers), new Set([1]));
    assertEquals(await submit("key"), 1);
    assertEquals([submissions, stored()], [1, 0]);
    assertEquals((await limiter.take(RULE)).remaining, 3);
  },
);

testWithRedis(
  "IdempotencyMarker lets 100 racing submissions of one key be refused by Redis alone",
  async ({ config }) => {
    using clock = holdClock();
    const { limiter, marker, stored } = createSetup(config);
    for (let count = 0; count < 5; count++) await limiter.take(RULE);
    const verdicts = { first: 0, refused: 0, replay: 0, unknown: 0 };
    async function submit(): Promise<boolean> {
      const verdict = await marker.claim("user-1", "key");
      verdicts[verdict]++;
      const { allowed } = await limiter.take(RULE);
      if (allowed) await marker.settle("user-1", "key", "done");
      else if (verdict === "first") await marker.settle("user-1", "key", "refused");
      return allowed;
    }
    const answers = await Promise.all(Array.from({ length: 100 }, submit));
    assertEquals(new Set(answers), new Set([false]));
    assertEquals(verdicts.first + verdicts.refused, 100);
    assertEquals(stored(), 0);
    // A token has come, and what was refused is accepted.
    clock.advance(12_000);
    assertEquals(await submit(), true);
    assertEquals(await marker.claim("user-1", "key"), "replay");
  },
);

testWithRedis(
  "IdempotencyMarker forgets a caller that died, and keeps a finished key for a day",
  async ({ config }) => {
    const { marker, redis } = createSetup(config);
    const ttl = async () => {
      const found = await redis.run(async (client) => {
        const [, keys] = await client.scan(0, { match: "test:idem:*" });
        return await client.ttl(keys[0] ?? "absent");
      });
      return found.ok ? found.value : undefined;
    };
    await marker.claim("user-1", "key");
    assertEquals(Math.abs((await ttl() ?? 0) - 30) <= 2, true);
    await marker.settle("user-1", "key", "done");
    assertEquals(Math.abs((await ttl() ?? 0) - 86_400) <= 2, true);
  },
);
