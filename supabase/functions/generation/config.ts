/** The settings of the generation function. */
import type { AccessTokenKey } from "../_shared/auth/access_token.ts";
import { readConfig } from "../_shared/config/read_config.ts";
import { readAccessTokenKey } from "../_shared/config/access_token.ts";
import { readCorsOrigins } from "../_shared/config/cors.ts";
import { readRedisConfig, type RedisConfig } from "../_shared/config/redis.ts";
import { readStorageConfig, type StorageConfig } from "../_shared/config/storage.ts";
import { readSupabaseConfig, type SupabaseConfig } from "../_shared/config/supabase.ts";
import type { CorsOrigins } from "../_shared/http/cors.ts";

/** Everything the generation function reads from its environment. */
export interface GenerationConfig {
  supabase: SupabaseConfig;
  accessTokens: { key: AccessTokenKey; supabaseUrl: string };
  redis: RedisConfig | undefined;
  /** Only for DELETE, which removes pictures. */
  storage: StorageConfig;
  corsOrigins: CorsOrigins;
}

/**
 * Reads the settings of the generation function.
 *
 * @throws {ConfigError} Naming every variable that is missing or wrong.
 */
export function readGenerationConfig(
  env: (name: string) => string | undefined,
): Readonly<GenerationConfig> {
  return readConfig(env, (reader) => {
    const supabase = readSupabaseConfig(reader);
    return {
      supabase,
      accessTokens: { key: readAccessTokenKey(reader), supabaseUrl: supabase.url },
      redis: readRedisConfig(reader),
      storage: readStorageConfig(reader),
      corsOrigins: readCorsOrigins(reader),
    };
  });
}
