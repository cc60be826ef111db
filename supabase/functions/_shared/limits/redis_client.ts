/** The Redis of the functions: Upstash's client behind a deadline and a circuit breaker. */
import { Redis } from "@upstash/redis";
import type { RedisConfig } from "../config/redis.ts";
import type { Logger } from "../observability/log.ts";
import type { Runtime } from "../platform/runtime.ts";
import { type Attempt, createCircuitBreaker } from "../concurrency/circuit_breaker.ts";
import { createRedisAge } from "./redis_age.ts";
import { createRedisRequests } from "./redis_requests.ts";

/** Upstash's client, for one `run`. */
export type RedisClient = Redis;

/** A Redis that may be away at any time, and then costs nobody more than one deadline. */
export interface GuardedRedis {
  /** Whether Redis is being asked; false also when none is configured. */
  readonly available: boolean;
  /**
   * Whether it came back, or its data began, less than a minute ago. Its buckets may be full then, after
   * a restart, though their owners spent tokens elsewhere meanwhile: for that minute the other place is
   * asked as well. How old the data are is known after a `run` with `sinceKey`; until then this is true.
   */
  readonly cameBackLately: boolean;
  /**
   * Runs `command`, which may send several requests, within one deadline (300 ms). Never throws:
   * `{ok: false}` means that Redis is not configured, away, slow, or answered nonsense (which
   * `command` reports by throwing). Whether a failed command took effect is not known.
   */
  run<T>(command: (redis: RedisClient) => Promise<T>, options?: RunOptions): Promise<Attempt<T>>;
  /** Ends the background probe; called by itself at shutdown. */
  stop(): Promise<void>;
}

/** How a command is run. */
export interface RunOptions {
  /**
   * The marker of how old Redis' data are: `cameBackLately` then holds for what `command` found. Read
   * beside the command and within its deadline, once a second.
   */
  sinceKey?: string;
}

/** What the guarded client needs. */
export interface GuardedRedisOptions {
  runtime: Pick<Runtime, "fetch" | "now" | "onShutdown" | "sleep">;
  log: Pick<Logger, "info" | "warn">;
  /**
   * How long one `run` may take, in milliseconds.
   * @default {300}
   */
  deadlineMs?: number;
}

/** With the deadline of a PING, recovery is seen within 0.8 s. */
const PROBE_INTERVAL_MS = 500;
const IDLE_MS = 30_000;
/** Any bucket refills in this time. */
const REFILL_MS = 60_000;

/**
 * Makes the client; one an isolate, shared by all limits, so that they share what is known of Redis.
 *
 * Logs `redis_unavailable` when requests start to do without it, `redis_available` when they have it
 * again: two lines an outage, neither with the token.
 *
 * @param config `undefined`: there is no Redis, and every `run` gives `{ok: false}`.
 */
export function createGuardedRedis(
  config: RedisConfig | undefined,
  options: GuardedRedisOptions,
): GuardedRedis {
  if (config === undefined) {
    return {
      available: false,
      cameBackLately: false,
      run: () => Promise.resolve({ ok: false }),
      stop: () => Promise.resolve(),
    };
  }
  const { runtime, log } = options;
  const requests = createRedisRequests(config, runtime);
  // A client is a few closures (2 µs). One for each run binds all its requests to one deadline.
  const connect = (signal: AbortSignal) => new Redis(requests(signal));
  const age = createRedisAge(runtime);

  let unavailableSince = 0;
  let cameBackAt = -Infinity;
  const breaker = createCircuitBreaker({
    runtime,
    deadlineMs: options.deadlineMs ?? 300,
    probeIntervalMs: PROBE_INTERVAL_MS,
    idleMs: IDLE_MS,
    async probe(signal) {
      const answer = await connect(signal).ping();
      if (answer !== "PONG") throw new TypeError("Redis answered PING with something else");
    },
    onTransition(from, to, cause) {
      if (from === "closed") {
        unavailableSince = runtime.now();
        log.warn("redis_unavailable", { reason: describe(cause) });
      } else if (to === "closed") {
        cameBackAt = runtime.now();
        log.info("redis_available", { unavailable_ms: cameBackAt - unavailableSince });
      }
    },
  });
  runtime.onShutdown(() => breaker.stop());
  return {
    get available() {
      return breaker.isClosed();
    },
    get cameBackLately() {
      return runtime.now() - Math.max(cameBackAt, age.since) < REFILL_MS;
    },
    run: (command, { sinceKey } = {}) =>
      breaker.attempt(async (signal) => {
        const client = connect(signal);
        if (sinceKey === undefined) return await command(client);
        const [value] = await Promise.all([command(client), age.learn(client, sinceKey)]);
        return value;
      }),
    stop: () => breaker.stop(),
  };
}

function describe(cause: unknown): string {
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
}
