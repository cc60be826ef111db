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

/** What is in a bucket. */
export interface Bucket {
  /** The rule's limit. */
  limit: number;
  /** Whole tokens left. */
  remaining: number;
  /** Whole seconds until the next token, at least 1. */
  resetSeconds: number;
}

/** What the limiter says to one request. */
export interface Decision extends Bucket {
  /** Whether a token was taken. */
  allowed: boolean;
  /** Who decided. */
  source: "redis" | "postgres";
}

/** Takes tokens. */
export interface RateLimiter {
  /**
   * Takes one token of the rule's bucket, if there is one.
   *
   * @throws {RangeError} For a limit that is no whole number from 1.
   * @throws What the store throws, when Redis did not decide, or not alone.
   */
  take(rule: RateLimitRule): Promise<Decision>;
  /** Looks into the rule's bucket and takes nothing; throws like `take`. */
  peek(rule: RateLimitRule): Promise<Bucket>;
}

/** The limiter in Postgres: SQL `take_rate_limit_token` and `read_rate_limit`. */
export interface RateLimitStore {
  takeRateLimitToken(rule: RateLimitRule): Promise<StoredBucket & { allowed: boolean }>;
  readRateLimit(rule: RateLimitRule): Promise<StoredBucket>;
}

interface StoredBucket {
  remaining: number;
  reset_seconds: number;
}

/** What a limiter needs. */
export interface RateLimiterOptions {
  redis: GuardedRedis;
  db: RateLimitStore;
  /** Begins every key in Redis; tells projects apart that share one. */
  prefix: string;
  /**
   * Whether `take` asks the store too about what Redis allowed while it `cameBackLately`. Not for a caller
   * who has the store judge then, together with the work.
   * @default {false}
   */
  asksBoth?: boolean;
}

/**
 * Makes a limiter that never lets a request pass undecided: when Redis does not decide, the store does.
 */
export function createRateLimiter(
  { redis, db, prefix, asksBoth = false }: RateLimiterOptions,
): RateLimiter {
  const sinceKey = `${prefix}:since`;
  return {
    async take(rule) {
      assertLimit(rule);
      const decision = await redis.run(
        (client) => takeFromRedis(client, { ...rule, prefix }),
        { sinceKey },
      );
      if (decision.ok) {
        const isDoubtful = asksBoth && decision.value.allowed && redis.cameBackLately;
        if (!isDoubtful) return decision.value;
      }
      const { allowed, ...stored } = await db.takeRateLimitToken(rule);
      return { allowed, ...toBucket(stored, rule), source: "postgres" };
    },
    async peek(rule) {
      assertLimit(rule);
      const bucket = await redis.run((client) => readFromRedis(client, { ...rule, prefix }));
      return bucket.ok ? bucket.value : toBucket(await db.readRateLimit(rule), rule);
    },
  };
}

function assertLimit({ name, limit }: RateLimitRule): void {
  if (Number.isSafeInteger(limit) && limit >= 1) return;
  throw new RangeError(
    `Cannot limit "${name}" to ${limit} a minute: the limit must be a whole number from 1`,
  );
}

function toBucket({ remaining, reset_seconds }: StoredBucket, { limit }: RateLimitRule): Bucket {
  return { limit, remaining, resetSeconds: reset_seconds };
}

async function takeFromRedis(redis: RedisClient, rule: RedisRule): Promise<Decision> {
  const { limit } = rule;
  const { intervalMs } = refill(limit);
  const now = Date.now();
  const bucket = connectBucket(redis, rule);
  let answer = await bucket.limit(rule.identifier);
  if (answer.remaining >= limit) {
    // Left by a higher limit: the bucket holds no more than the limit of now.
    await redis.del(`${prefixOf(rule)}:${rule.identifier}`);
    answer = await bucket.limit(rule.identifier);
  }
  const { success, remaining, reset, limit: applied, reason } = answer;
  const isSound = reason === undefined && applied === limit && Number.isFinite(reset) &&
    Number.isSafeInteger(remaining) && remaining < limit;
  if (!isSound) throw new TypeError("Redis answered the rate limit with nonsense");
  return {
    allowed: success,
    limit,
    remaining,
    // The next token is at most one interval away, whatever another isolate's clock said.
    resetSeconds: secondsUntil(Math.min(reset - now, intervalMs)),
    source: "redis",
  };
}

// What Redis tells is the bucket as it was left: what has been refilled since is added here.
async function readFromRedis(redis: RedisClient, rule: RedisRule): Promise<Bucket> {
  const { limit } = rule;
  const { tokens, intervalMs } = refill(limit);
  const { remaining, reset } = await connectBucket(redis, rule).getRemaining(rule.identifier);
  if (!Number.isFinite(reset) || !Number.isSafeInteger(remaining)) {
    throw new TypeError("Redis answered the rate limit with nonsense");
  }
  const sinceRefillMs = Math.max(0, Date.now() - (reset - intervalMs));
  return {
    limit,
    remaining: Math.min(limit, remaining + tokens * Math.floor(sinceRefillMs / intervalMs)),
    resetSeconds: secondsUntil(intervalMs - sinceRefillMs % intervalMs),
  };
}

function secondsUntil(milliseconds: number): number {
  return Math.max(1, Math.ceil(milliseconds / 1000));
}

type RedisRule = RateLimitRule & { prefix: string };

/** One key a rule and identifier, whatever the limit: a changed limit is no new bucket. */
function prefixOf({ prefix, name }: RedisRule): string {
  return `${prefix}:${name}`;
}

function connectBucket(redis: RedisClient, rule: RedisRule): Ratelimit {
  const { limit } = rule;
  const { tokens, intervalMs } = refill(limit);
  return new Ratelimit({
    redis,
    limiter: Ratelimit.tokenBucket(tokens, `${intervalMs} ms`, limit),
    prefix: prefixOf(rule),
    // 0 turns off the SDK's own timeout, which lets the request pass; the deadline is ours.
    timeout: 0,
    // Redis is asked each time: a refusal remembered here would outlive what other isolates know.
    ephemeralCache: false,
    analytics: false,
    enableTelemetry: false,
  });
}

/**
 * How a bucket of `limit` tokens a minute refills: one token each time, or several so that the
 * interval, which Redis counts in whole milliseconds, stays above 10 ms and its rounding below 5 %.
 */
function refill(limit: number): { tokens: number; intervalMs: number } {
  const tokens = Math.ceil(limit / 6000);
  return { tokens, intervalMs: Math.round(60_000 * tokens / limit) };
}
