/** Settings: the Upstash Redis that counts requests, if there is one. */
import type { EnvironmentReader } from "./read_config.ts";

/** The REST endpoint of a Redis. */
export interface RedisConfig {
  url: string;
  token: string;
}

/** Reads `UPSTASH_REDIS_REST_URL` and `UPSTASH_REDIS_REST_TOKEN`; `undefined` when neither is set, an error when one is. */
export function readRedisConfig(env: EnvironmentReader): RedisConfig | undefined {
  if (!env.has("UPSTASH_REDIS_REST_URL") && !env.has("UPSTASH_REDIS_REST_TOKEN")) return undefined;
  return {
    url: env.url("UPSTASH_REDIS_REST_URL"),
    token: env.text("UPSTASH_REDIS_REST_TOKEN", {
      wanted: "the REST token of that Redis (both or neither of the two are set)",
      secret: true,
    }),
  };
}
