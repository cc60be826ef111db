/** Limits how often somebody does something: a token bucket in Redis, or the same one in Postgres while Redis is away. */
import { Ratelimit } from "@upstash/ratelimit";
import type { GuardedRedis, RedisClient } from "./redis_client.ts";

/** What is limited, and how. */
export interface RateLimitRule {
  /** The rule's name, such as `login_user`. Buckets of different rules are different. */
  name: string;
  /** Whose bucket it is. */
  identifier: string;
  /** Tokens a minute, a whole number from 1: the size of the bucket, refilled evenly. */
  limit: number;
}

/** What the limiter says to one request. */
export interface Decision {
  /** Whether a token was taken. */
  allowed: boolean;
  /** The rule's limit. */
  limit: number;
  /** Whole tokens left. */
  remaining: number;
  /** Whole seconds until the next token, at least 1. */
  resetSeconds: number;
  /** Who decided. */
  source: "redis" | "postgres";
}

/** Takes tokens. */
export interface RateLimiter {
  /**
   * Takes one token of the rule's bucket, if there is one.
   *
   * @throws {RangeError} For a limit that is no whole number from 1.
   * @throws What the store throws, when Redis did not decide.
   */
  take(rule: RateLimitRule): Promise<Decision>;
}

/** The limiter in Postgres: SQL `take_rate_limit_token(rule_name, identifier, tokens_per_minute)`. */
export interface RateLimitStore {
  takeRateLimitToken(
    rule: RateLimitRule,
  ): Promise<{ allowed: boolean; remaining: number; reset_seconds: number }>;
}

/** What a limiter needs. */
export interface RateLimiterOptions {
  redis: GuardedRedis;
  db: RateLimitStore;
  /** Begins every key in Redis; tells projects apart that share one. */
  prefix: string;
}

/**
 * Makes a limiter that never lets a request pass undecided: when Redis does not decide, the store does.
 */
export function createRateLimiter({ redis, db, prefix }: RateLimiterOptions): RateLimiter {
  return {
    async take(rule) {
      if (!Number.isSafeInteger(rule.limit) || rule.limit < 1) {
        throw new RangeError(
          `Cannot limit "${rule.name}" to ${rule.limit} a minute: the limit must be a whole number from 1`,
        );
      }
      const decision = await redis.run((client) => takeFromRedis(client, { ...rule, prefix }));
      if (decision.ok) return decision.value;
      const { allowed, remaining, reset_seconds } = await db.takeRateLimitToken(rule);
      return {
        allowed,
        limit: rule.limit,
        remaining,
        resetSeconds: reset_seconds,
        source: "postgres",
      };
    },
  };
}

async function takeFromRedis(
  redis: RedisClient,
  { name, identifier, limit, prefix }: RateLimitRule & { prefix: string },
): Promise<Decision> {
  const { tokens, intervalMs } = refill(limit);
  const bucket = new Ratelimit({
    redis,
    limiter: Ratelimit.tokenBucket(tokens, `${intervalMs} ms`, limit),
    // A changed limit begins a new bucket, so that it holds at once.
    prefix: `${prefix}:${name}:${limit}`,
    // 0 turns off the SDK's own timeout, which lets the request pass; the deadline is ours.
    timeout: 0,
    // Redis is asked each time: a refusal remembered here would outlive what other isolates know.
    ephemeralCache: false,
    analytics: false,
    enableTelemetry: false,
  });
  const now = Date.now();
  const { success, remaining, reset, limit: applied, reason } = await bucket.limit(identifier);
  const isSound = reason === undefined && applied === limit && Number.isFinite(reset) &&
    Number.isSafeInteger(remaining) && remaining < limit;
  if (!isSound) throw new TypeError("Redis answered the rate limit with nonsense");
  // The next token is at most one interval away, whatever another isolate's clock said.
  const waitMs = Math.min(reset - now, intervalMs);
  return {
    allowed: success,
    limit,
    remaining,
    resetSeconds: Math.max(1, Math.ceil(waitMs / 1000)),
    source: "redis",
  };
}

/**
 * How a bucket of `limit` tokens a minute refills: one token each time, or several so that the
 * interval, which Redis counts in whole milliseconds, stays above 10 ms and its rounding below 5 %.
 */
function refill(limit: number): { tokens: number; intervalMs: number } {
  const tokens = Math.ceil(limit / 6000);
  return { tokens, intervalMs: Math.round(60_000 * tokens / limit) };
}
