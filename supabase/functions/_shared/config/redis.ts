/** Settings: the Upstash Redis that counts requests, if there is one. */
import * as v from "valibot";
import { baseUrl, text } from "./variables.ts";

/** The REST endpoint of a Redis. */
export interface RedisConfig {
  url: string;
  token: string;
}

/** `UPSTASH_REDIS_REST_URL` and `UPSTASH_REDIS_REST_TOKEN`; `undefined` when neither is set, an error when one is. */
export function redisSettings(isSet: (name: string) => boolean) {
  if (!isSet("UPSTASH_REDIS_REST_URL") && !isSet("UPSTASH_REDIS_REST_TOKEN")) {
    return v.pipe(v.object({}), v.transform((): RedisConfig | undefined => undefined));
  }
  return v.pipe(
    v.object({
      UPSTASH_REDIS_REST_URL: baseUrl(),
      UPSTASH_REDIS_REST_TOKEN: text(
        "the REST token of that Redis (both or neither of the two are set)",
      ),
    }),
    v.transform((values): RedisConfig | undefined => ({
      url: values.UPSTASH_REDIS_REST_URL,
      token: values.UPSTASH_REDIS_REST_TOKEN,
    })),
  );
}
