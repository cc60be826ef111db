/** The settings of the auth function. */
import { accessTokenSettings } from "../_shared/config/access_token.ts";
import { corsSettings } from "../_shared/config/cors.ts";
import { readConfig } from "../_shared/config/read_config.ts";
import { redisSettings } from "../_shared/config/redis.ts";
import { supabaseSettings } from "../_shared/config/supabase.ts";
import { telegramSettings } from "../_shared/config/telegram.ts";

/**
 * Reads the settings of the auth function.
 *
 * @throws {ConfigError} Naming every variable that is missing or wrong.
 */
export function readAuthConfig(env: (name: string) => string | undefined) {
  return readConfig(env, {
    supabase: supabaseSettings,
    telegram: telegramSettings,
    accessTokenKey: accessTokenSettings,
    redis: redisSettings,
    corsOrigins: corsSettings,
  });
}
