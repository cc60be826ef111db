/**
 * Tells how old Redis' data are, by a marker among them: a restart without data and a flush take it along. Not seen:
 * the eviction of buckets alone, and a restart from an old snapshot.
 */
import { errors, type Redis } from "@upstash/redis";
import type { Runtime } from "../platform/runtime.ts";

/** What an isolate knows of the marker. */
export interface RedisAge {
  /**
   * When the data began, in milliseconds, as of the last `learn`. Infinity where nobody can tell, so
   * that they pass for young.
   */
  readonly since: number;
  /**
   * Reads the marker `key`, and writes it where there is none; at most once a second.
   *
   * @throws When Redis does not answer. An answer that is no marker only leaves `since` unknown.
   */
  learn(redis: Redis, key: string): Promise<void>;
}

/** So long an emptied Redis may pass for the old one, where the outage was not noticed. */
const KNOWN_MS = 1_000;

/** Makes it; one for each Redis. It knows nothing yet. */
export function createRedisAge({ now }: Pick<Runtime, "now">): RedisAge {
  let since = Infinity;
  let askedAt = -Infinity;
  let asking: Promise<void> | undefined;

  async function ask(redis: Redis, key: string): Promise<void> {
    // Before the answer: the data may be gone as soon as it is sent.
    const at = now();
    const found = await read(redis, key);
    // Where another instance is a moment quicker, its moment is read next time.
    if (found === null) await redis.set(key, at, { nx: true });
    since = found === null ? at : isMoment(found) ? found : Infinity;
    askedAt = at;
  }

  return {
    get since() {
      return since;
    },
    async learn(redis, key) {
      // The difference is negative where the clock was set back.
      if (Math.abs(now() - askedAt) < KNOWN_MS) return;
      // Concurrent callers wait for the same answer: without it a decision must not be used.
      asking ??= ask(redis, key).finally(() => asking = undefined);
      await asking;
    },
  };
}

/** `null`: there is none; `undefined`: nobody can tell. */
async function read(redis: Redis, key: string): Promise<unknown> {
  try {
    return await redis.get<unknown>(key);
  } catch (error) {
    // Redis is there and refused this one command, as where the key holds a list.
    if (error instanceof errors.UpstashError) return undefined;
    throw error;
  }
}

function isMoment(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0;
}
