/** Settings: where the project's API is and the secret key to it. */
import type { EnvironmentReader } from "./read_config.ts";

/** The Supabase project. */
export interface SupabaseConfig {
  /** `SUPABASE_URL`, without a slash at its end. */
  url: string;
  /** A secret key: calls made with it act as `service_role`. */
  secretKey: string;
}

const WANTED_KEY = "a secret key (sb_secret_… or the service_role JWT)";

/**
 * Reads `SUPABASE_URL` and the secret key: the `default` entry of `SUPABASE_SECRET_KEYS` (what the
 * hosted platform sets), else `SUPABASE_SECRET_KEY`, else `SUPABASE_SERVICE_ROLE_KEY`.
 * The first of them that is set decides; when it is malformed the next is not tried.
 */
export function readSupabaseConfig(env: EnvironmentReader): SupabaseConfig {
  return { url: env.url("SUPABASE_URL"), secretKey: readSecretKey(env) };
}

function readSecretKey(env: EnvironmentReader): string {
  if (!env.has("SUPABASE_SECRET_KEYS")) {
    const name = env.has("SUPABASE_SECRET_KEY") || !env.has("SUPABASE_SERVICE_ROLE_KEY")
      ? "SUPABASE_SECRET_KEY"
      : "SUPABASE_SERVICE_ROLE_KEY";
    return env.text(name, { wanted: WANTED_KEY, accepts: isSecretKey, secret: true });
  }
  const text = env.text("SUPABASE_SECRET_KEYS", {
    wanted: `a JSON object whose "default" is ${WANTED_KEY}`,
    accepts: (value) => isSecretKey(defaultKeyOf(value)),
    secret: true,
  });
  return String(defaultKeyOf(text) ?? "");
}

function defaultKeyOf(json: string): unknown {
  try {
    return (JSON.parse(json) as { default?: unknown } | null)?.default;
  } catch {
    return undefined;
  }
}

// A publishable key in its place would work for nothing and fail late, one call at a time.
function isSecretKey(value: unknown): boolean {
  return typeof value === "string" && /^[\w.-]{20,}$/.test(value) &&
    !value.startsWith("sb_publishable_");
}
