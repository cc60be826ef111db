/** Settings: the bot whose Mini App sends `initData`. */
import type { EnvironmentReader } from "../config.ts";

/** What verifying `initData` needs. */
export interface TelegramConfig {
  botToken: string;
  /** How old a login may be, in seconds. */
  maxAgeSeconds: number;
}

/** Reads `TELEGRAM_BOT_TOKEN` and `TELEGRAM_INIT_DATA_MAX_AGE_SECONDS` (default one hour, at most a week). */
export function readTelegramConfig(env: EnvironmentReader): TelegramConfig {
  return {
    botToken: env.text("TELEGRAM_BOT_TOKEN", {
      wanted: 'a bot token as BotFather gives it, such as "123456:AbC…"',
      accepts: (value) => /^\d{1,20}:[\w-]{10,100}$/.test(value),
      secret: true,
    }),
    maxAgeSeconds: env.integer("TELEGRAM_INIT_DATA_MAX_AGE_SECONDS", {
      min: 10,
      max: 7 * 24 * 3600,
      fallback: 3600,
    }),
  };
}
