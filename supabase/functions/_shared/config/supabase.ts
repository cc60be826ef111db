/** Settings: where the project's API is and the secret key to it. */
import * as v from "valibot";
import { baseUrl, text } from "./variables.ts";

/** The Supabase project. */
export interface SupabaseConfig {
  /** `SUPABASE_URL`, without a slash at its end. */
  url: string;
  /** A secret key: calls made with it act as `service_role`. */
  secretKey: string;
}

const WANTED_KEY = "a secret key (sb_secret_… or the service_role JWT)";

/** What the hosted platform sets: a JSON object of keys by name. */
const KEY_RING = v.message(
  v.pipe(
    v.string(),
    v.parseJson(),
    v.object({ default: v.pipe(v.string(), v.check(isSecretKey)) }),
    v.transform((keys) => keys.default),
  ),
  `a JSON object whose "default" is ${WANTED_KEY}`,
);

/**
 * `SUPABASE_URL` and the secret key: the `default` entry of `SUPABASE_SECRET_KEYS`, else
 * `SUPABASE_SECRET_KEY`, else `SUPABASE_SERVICE_ROLE_KEY`. The first of them that is set decides; when
 * it is malformed the next is not tried.
 */
export function supabaseSettings(isSet: (name: string) => boolean) {
  const names = ["SUPABASE_SECRET_KEYS", "SUPABASE_SECRET_KEY", "SUPABASE_SERVICE_ROLE_KEY"];
  const name = names.find(isSet) ?? "SUPABASE_SECRET_KEY";
  const key = name === "SUPABASE_SECRET_KEYS" ? KEY_RING : text(WANTED_KEY, isSecretKey);
  return v.pipe(
    v.object<Record<string, v.GenericSchema<string, string>>>({
      SUPABASE_URL: baseUrl(),
      [name]: key,
    }),
    v.transform((values): SupabaseConfig => ({
      url: String(values.SUPABASE_URL),
      secretKey: String(values[name]),
    })),
  );
}

// A publishable key in its place would work for nothing and fail late, one call at a time.
function isSecretKey(value: string): boolean {
  return /^[\w.-]{20,}$/.test(value) && !value.startsWith("sb_publishable_");
}
