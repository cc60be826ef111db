/** Decides whether a submission may go on: the rate limit, and what an Idempotency-Key changes about it. */
import { AppError } from "../_shared/http/errors.ts";
import type { IdempotencyMarker, Outcome } from "../_shared/limits/idempotency_marker.ts";
import type { Bucket, Decision, RateLimiter } from "../_shared/limits/rate_limiter.ts";
import type { GuardedRedis } from "../_shared/limits/redis_client.ts";
import type { Tuning } from "./tuning.ts";

/** What admission works with. */
export interface AdmissionDeps {
  redis: Pick<GuardedRedis, "available" | "cameBackLately">;
  limiter: RateLimiter;
  marker: IdempotencyMarker;
  tuning: Tuning;
}

/** A submission that may go on. */
export interface Admission {
  /**
   * Redis could not judge, or came back so lately, perhaps empty, that a user could spend two buckets,
   * or the request may be a replay: SQL looks for the key, then limits.
   */
  enforceInPostgres: boolean;
  /** The bucket after this request, when Redis judged. */
  decision: Decision | undefined;
  /** Tells those who wait for the key how the submission ended. Never throws. */
  settle(outcome: Ending): Promise<void>;
}

/** How a submission ended that the limiter let pass. */
export type Ending = Exclude<Outcome, "refused">;

const IN_POSTGRES: Admission = {
  enforceInPostgres: true,
  decision: undefined,
  settle: () => Promise.resolve(),
};

/**
 * Takes a token of the user's submission limit, unless the request is a replay.
 *
 * While Redis answers, a refusal touches no table of the request's own.
 *
 * @throws {AppError} `rate_limited`.
 */
export async function admit(
  deps: AdmissionDeps,
  { userId, key }: { userId: string; key: string | undefined },
): Promise<Admission> {
  const { marker } = deps;
  if (!deps.redis.available) return IN_POSTGRES;
  const claim = key === undefined ? "keyless" : await marker.claim(userId, key);
  if (claim === "replay" || claim === "unknown") return IN_POSTGRES;
  const tell = async (outcome: Outcome) => {
    // Only the first of a key speaks for it; a later one has news only when it succeeds.
    if (key !== undefined && (claim === "first" || outcome === "done")) {
      await marker.settle(userId, key, outcome);
    }
  };
  try {
    const decision = await takeToken(deps, userId);
    return {
      // Read after the token was taken: only then is it known how old Redis' data are. Where Postgres
      // has judged already, the request would pay twice.
      enforceInPostgres: decision.source === "redis" && deps.redis.cameBackLately,
      decision,
      settle: tell,
    };
  } catch (error) {
    await tell(error instanceof AppError && error.code === "rate_limited" ? "refused" : "released");
    throw error;
  }
}

/**
 * The headers of the user's bucket, for an answer that took no token: a replay, a key in conflict.
 * None where nobody can tell: they are not worth failing for.
 */
export async function peekHeaders(
  { limiter, tuning }: Pick<AdmissionDeps, "limiter" | "tuning">,
  userId: string,
): Promise<Record<string, string>> {
  try {
    const limit = await tuning.rateLimitPerMinute();
    return rateLimitHeaders(await limiter.peek({ ...ruleOf(userId), limit }));
  } catch {
    return {};
  }
}

/** The headers of a bucket (draft-ietf-httpapi-ratelimit-headers), seconds until the next token. */
export function rateLimitHeaders(bucket: Bucket): Record<string, string> {
  return {
    "ratelimit-limit": String(bucket.limit),
    "ratelimit-remaining": String(bucket.remaining),
    "ratelimit-reset": String(bucket.resetSeconds),
  };
}

function ruleOf(userId: string) {
  return { name: "generation", identifier: userId };
}

async function takeToken(deps: AdmissionDeps, userId: string): Promise<Decision> {
  const limit = await deps.tuning.rateLimitPerMinute();
  let decision = await deps.limiter.take({ ...ruleOf(userId), limit });
  if (!decision.allowed) {
    const current = await deps.tuning.rateLimitForRefusal();
    if (current !== limit) {
      decision = await deps.limiter.take({ ...ruleOf(userId), limit: current });
    }
  }
  if (decision.allowed) return decision;
  throw new AppError(
    "rate_limited",
    `Too many generations: ${decision.limit} a minute are allowed`,
    {
      headers: {
        ...rateLimitHeaders(decision),
        "retry-after": String(decision.resetSeconds),
      },
    },
  );
}
