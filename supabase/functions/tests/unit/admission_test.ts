import { assertEquals, assertRejects } from "@std/assert";
import { AppError } from "../../_shared/http/errors.ts";
import type { IdempotencyMarker } from "../../_shared/limits/idempotency_marker.ts";
import type { Decision } from "../../_shared/limits/rate_limiter.ts";
import { admit, peekHeaders } from "../../generation/admission.ts";

const DECISION: Decision = {
  allowed: true,
  limit: 5,
  remaining: 4,
  resetSeconds: 12,
  source: "redis",
};

/** Admission before a Redis in a given state; `taken` counts the tokens asked of it. */
function createSetup(
  redis: { available: boolean; cameBackLately: boolean },
  { decision = DECISION, claim = "first" }: {
    decision?: Decision;
    claim?: Awaited<ReturnType<IdempotencyMarker["claim"]>>;
  } = {},
) {
  const calls = { taken: 0, settled: [] as string[] };
  const deps = {
    redis,
    limiter: {
      take: () => Promise.resolve((calls.taken++, decision)),
      peek: () => Promise.resolve(decision),
    },
    marker: {
      claim: () => Promise.resolve(claim),
      settle: (_user: string, _key: string, outcome: string) =>
        Promise.resolve(void calls.settled.push(outcome)),
    },
    tuning: {
      rateLimitPerMinute: () => Promise.resolve(5),
      rateLimitForRefusal: () => Promise.resolve(5),
      observe: () => {},
    },
  };
  return { calls, deps };
}

Deno.test("admit lets Redis alone judge while it is well", async () => {
  const { calls, deps } = createSetup({ available: true, cameBackLately: false });
  const admission = await admit(deps, { userId: "u", key: undefined });
  assertEquals([admission.enforceInPostgres, admission.decision], [false, DECISION]);
  assertEquals(calls, { taken: 1, settled: [] });
});

Deno.test("admit lets Postgres alone judge while Redis is away", async () => {
  const { calls, deps } = createSetup({ available: false, cameBackLately: false });
  const admission = await admit(deps, { userId: "u", key: "k" });
  assertEquals([admission.enforceInPostgres, admission.decision], [true, undefined]);
  assertEquals(calls, { taken: 0, settled: [] });
});

Deno.test("admit asks both while Redis is back for less than a minute", async () => {
  const { calls, deps } = createSetup({ available: true, cameBackLately: true });
  const admission = await admit(deps, { userId: "u", key: undefined });
  assertEquals([admission.enforceInPostgres, admission.decision], [true, DECISION]);
  assertEquals(calls.taken, 1);
});

Deno.test("admit asks both where only the taking of the token showed that Redis' data are young", async () => {
  const redis = { available: true, cameBackLately: false };
  const { deps } = createSetup(redis);
  const limiter = {
    ...deps.limiter,
    take: () => Promise.resolve((redis.cameBackLately = true, DECISION)),
  };
  const admission = await admit({ ...deps, limiter }, { userId: "u", key: undefined });
  assertEquals(admission.enforceInPostgres, true);
});

Deno.test("admit refuses by Redis although Postgres would be asked too", async () => {
  const refused = { ...DECISION, allowed: false, remaining: 0 };
  const { calls, deps } = createSetup({ available: true, cameBackLately: true }, {
    decision: refused,
  });
  const error = await assertRejects(() => admit(deps, { userId: "u", key: "k" }), AppError);
  assertEquals([error.code, error.headers?.["retry-after"]], ["rate_limited", "12"]);
  assertEquals(calls.settled, ["refused"]);
});

Deno.test("admit spends no token of Redis on what may be a replay", async () => {
  for (const claim of ["replay", "unknown"] as const) {
    const { calls, deps } = createSetup({ available: true, cameBackLately: false }, { claim });
    assertEquals((await admit(deps, { userId: "u", key: "k" })).enforceInPostgres, true);
    assertEquals(calls.taken, 0);
  }
});

Deno.test("admit lets the submission tell how it ended, and only the first of a key say that it failed", async () => {
  const isWell = { available: true, cameBackLately: false };
  for (
    const [claim, settled] of [
      ["first", ["done", "released", "uncertain"]],
      ["refused", ["done"]],
    ] as const
  ) {
    const { calls, deps } = createSetup(isWell, { claim });
    for (const ending of ["done", "released", "uncertain"] as const) {
      await (await admit(deps, { userId: "u", key: "k" })).settle(ending);
    }
    assertEquals(calls.settled, [...settled]);
  }
});

Deno.test("peekHeaders tells what is in the bucket, takes nothing, and fails for nobody", async () => {
  const { calls, deps } = createSetup({ available: true, cameBackLately: false });
  assertEquals(await peekHeaders(deps, "u"), {
    "ratelimit-limit": "5",
    "ratelimit-remaining": "4",
    "ratelimit-reset": "12",
  });
  assertEquals(calls.taken, 0);
  const limiter = { ...deps.limiter, peek: () => Promise.reject(new Error("away")) };
  assertEquals(await peekHeaders({ ...deps, limiter }, "u"), {});
});
