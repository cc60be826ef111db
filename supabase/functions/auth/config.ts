/** The settings of the auth function. */
import type { AccessTokenKey } from "../_shared/auth/access_token.ts";
import { readConfig } from "../_shared/config/read_config.ts";
import { readAccessTokenKey } from "../_shared/config/access_token.ts";
import { readCorsOrigins } from "../_shared/config/cors.ts";
import { readRedisConfig, type RedisConfig } from "../_shared/config/redis.ts";
import { readSupabaseConfig, type SupabaseConfig } from "../_shared/config/supabase.ts";
import { readTelegramConfig, type TelegramConfig } from "../_shared/config/telegram.ts";
import type { CorsOrigins } from "../_shared/http/cors.ts";

/** Everything the auth function reads from its environment. */
export interface AuthConfig {
  supabase: SupabaseConfig;
  telegram: TelegramConfig;
  accessTokens: { key: AccessTokenKey; supabaseUrl: string };
  redis: RedisConfig | undefined;
  corsOrigins: CorsOrigins;
}

/**
 * Reads the settings of the auth function.
 *
 * @throws {ConfigError} Naming every variable that is missing or wrong.
 */
export function readAuthConfig(env: (name: string) => string | undefined): Readonly<AuthConfig> {
  return readConfig(env, (reader) => {
    const supabase = readSupabaseConfig(reader);
    return {
      supabase,
      telegram: readTelegramConfig(reader),
      accessTokens: {
        key: readAccessTokenKey(reader),
        supabaseUrl: supabase.url,
      },
      redis: readRedisConfig(reader),
      corsOrigins: readCorsOrigins(reader),
    };
  });
}
