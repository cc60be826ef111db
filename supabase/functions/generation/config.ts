/** The settings of the generation function. */
import { accessTokenSettings } from "../_shared/config/access_token.ts";
import { corsSettings } from "../_shared/config/cors.ts";
import { readConfig } from "../_shared/config/read_config.ts";
import { redisSettings } from "../_shared/config/redis.ts";
import { storageSettings } from "../_shared/config/storage.ts";
import { supabaseSettings } from "../_shared/config/supabase.ts";

/**
 * Reads the settings of the generation function.
 *
 * @throws {ConfigError} Naming every variable that is missing or wrong.
 */
export function readGenerationConfig(env: (name: string) => string | undefined) {
  return readConfig(env, {
    supabase: supabaseSettings,
    accessTokenKey: accessTokenSettings,
    redis: redisSettings,
    // Only for DELETE, which removes pictures.
    storage: storageSettings,
    corsOrigins: corsSettings,
  });
}
