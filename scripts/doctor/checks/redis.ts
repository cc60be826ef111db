/** Upstash Redis: its round trip, and that it forgets nothing by itself. */
import { readConfig } from "../../../supabase/functions/_shared/config/read_config.ts";
import {
  type RedisConfig,
  redisSettings,
} from "../../../supabase/functions/_shared/config/redis.ts";
import type { Check } from "../check.ts";
import type { Deployment } from "../deployment.ts";
import { type Finding, ok, warning, wrong } from "../finding.ts";

const ROUND_TRIPS = 7;
const SLOW_MS = 50;

/** See the head of this file. */
export const redis: Check = {
  name: "redis",
  needs: [],
  cure:
    "UPSTASH_REDIS_REST_URL is the REST endpoint of the database (Upstash console, Details); without both variables limits are kept in Postgres",
  async run(deployment) {
    const { redis } = readConfig(deployment.env, { redis: redisSettings });
    if (redis === undefined) return [ok("no Redis: limits are kept in Postgres")];
    const first = await ask(deployment, redis, ["PING"]);
    if (first.status === 401) {
      return [wrong(
        "Redis refuses UPSTASH_REDIS_REST_TOKEN (401)",
        "Copy the REST token from the Upstash console (not the read-only one), then supabase secrets set",
      )];
    }
    if (first.result !== "PONG") {
      return [wrong(
        `Redis answers ${first.status} to PING: ${first.error ?? first.result}`,
        "See the database in the Upstash console: paused, or over its limit?",
      )];
    }
    return [await judgeLatency(deployment, redis), await judgeEviction(deployment, redis)];
  },
};

async function ask({ fetch }: Deployment, { url, token }: RedisConfig, command: string[]) {
  const response = await fetch(url, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(command),
    signal: AbortSignal.timeout(10_000),
  });
  const answer = await response.json().catch(() => ({})) as { result?: unknown; error?: string };
  return { status: response.status, ...answer };
}

async function judgeLatency(deployment: Deployment, redis: RedisConfig): Promise<Finding> {
  const times: number[] = [];
  for (let n = 0; n < ROUND_TRIPS; n++) {
    const startedAt = deployment.now();
    await ask(deployment, redis, ["PING"]);
    times.push(deployment.now() - startedAt);
  }
  // The quickest tells the way; the others what else this machine does.
  const quickest = Math.min(...times);
  if (quickest <= SLOW_MS) return ok(`Redis answers in ${quickest} ms from here`);
  return warning(
    `Redis takes ${quickest} ms from here, wanted ${SLOW_MS} at most`,
    "Make the database in the project's region; above 300 ms limits are taken in Postgres. From far away run this check where the functions run",
  );
}

/** A limit whose counter is evicted is no limit. */
async function judgeEviction(deployment: Deployment, redis: RedisConfig): Promise<Finding> {
  const { result } = await ask(deployment, redis, ["CONFIG", "GET", "maxmemory-policy"]);
  const policy = Array.isArray(result) ? String(result[1]) : undefined;
  // Upstash has no CONFIG: it says so in its console alone.
  if (policy === undefined) return ok("eviction cannot be asked: it must be off in the console");
  if (policy === "noeviction") return ok("Redis evicts nothing");
  return warning(
    `Redis may forget limits: its policy is ${policy}`,
    "Turn eviction off (Upstash console, Details → Configuration)",
  );
}
