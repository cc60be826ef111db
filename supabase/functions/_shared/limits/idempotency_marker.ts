/**
 * Marks in Redis which idempotency keys are being submitted or are done, so that a replay spends no
 * rate-limit token. Only a hint: the key's uniqueness, and the charge's, are kept by the SQL function.
 */
import type { Runtime } from "../platform/runtime.ts";
import type { GuardedRedis } from "./redis_client.ts";

/**
 * What is known of a key, and what the caller does about it:
 *
 * - `first`: nobody else is submitting it. Ask the limiter, submit, and settle in every case.
 * - `refused`: the limiter has just refused another request with it. Ask the limiter too, but the
 *   marker is not this caller's: settle only a success.
 * - `replay`: it was submitted before, or may have been. `unknown`: Redis cannot tell, or the first caller takes too
 *   long. In both cases let SQL look for the key and limit what is new, and settle nothing.
 */
export type Claim = "first" | "refused" | "replay" | "unknown";

/**
 * `done`: submitted. `refused`: by the limiter. `released`: refused otherwise. `uncertain`: nobody knows
 * whether it was submitted, so a repeated request is taken for a `replay`, which SQL decides.
 */
export type Outcome = "done" | "refused" | "released" | "uncertain";

/** Claims and settles keys. */
export interface IdempotencyMarker {
  /**
   * Says what is known of the user's key. While another caller is submitting it, waits for the
   * outcome (2 s at most). Never throws.
   */
  claim(userId: string, key: string): Promise<Claim>;
  /** Ends a claim, so that those who wait for it go on. Never throws. */
  settle(userId: string, key: string, outcome: Outcome): Promise<void>;
}

/** What a marker needs. */
export interface IdempotencyMarkerOptions {
  redis: GuardedRedis;
  runtime: Pick<Runtime, "now" | "sleep">;
  /** Begins every key in Redis. */
  prefix: string;
}

/** A caller that died without settling holds its key this long. */
const PENDING_SECONDS = 30;
const DONE_SECONDS = 86_400;
/** As long as anybody may wait for it. */
const REFUSED_SECONDS = 2;
const PATIENCE_MS = REFUSED_SECONDS * 1_000;
const POLL_MS = 50;

/** Makes a marker. */
export function createIdempotencyMarker(
  { redis, runtime, prefix }: IdempotencyMarkerOptions,
): IdempotencyMarker {
  return {
    async claim(userId, key) {
      const name = nameMarker(prefix, { userId, key });
      const patientUntil = runtime.now() + PATIENCE_MS;
      // Each poll is a claim: where the marker is gone it makes this caller the first.
      while (true) {
        const found = await redis.run(async (client) => {
          const options = { nx: true, get: true, ex: PENDING_SECONDS } as const;
          return parseState(await client.set<unknown>(name, "pending", options));
        });
        if (!found.ok) return "unknown";
        if (found.value === null) return "first";
        if (found.value === "done") return "replay";
        if (found.value === "refused") return "refused";
        if (runtime.now() >= patientUntil) return "unknown";
        // Spread, so that callers released together do not all come back together.
        await runtime.sleep(POLL_MS * (0.5 + Math.random()));
      }
    },
    async settle(userId, key, outcome) {
      const name = nameMarker(prefix, { userId, key });
      await redis.run<unknown>((client) => {
        switch (outcome) {
          case "done":
          case "uncertain":
            return client.set(name, "done", { ex: DONE_SECONDS });
          case "refused":
            return client.set(name, "refused", { ex: REFUSED_SECONDS });
          case "released":
            return client.del(name);
        }
      });
    },
  };
}

function nameMarker(prefix: string, { userId, key }: { userId: string; key: string }): string {
  return `${prefix}:idem:${userId}:${key}`;
}

function parseState(value: unknown): "pending" | "done" | "refused" | null {
  if (value === null || value === "pending" || value === "done" || value === "refused") {
    return value;
  }
  throw new TypeError("Redis answered a marker with nonsense");
}
