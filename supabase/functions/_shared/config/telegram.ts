/** Settings: the bot whose Mini App sends `initData`. */
import type { EnvironmentReader } from "./read_config.ts";

/** What verifying `initData` needs. */
export interface TelegramConfig {
  botToken: string;
  /** How old a login may be, in seconds. */
  maxAgeSeconds: number;
}

/** The bot as the worker needs it: to send finished pictures. */
export interface BotConfig {
  botToken: string;
  /** Another endpoint of the Bot API; Telegram's own when absent. */
  baseUrl: string | undefined;
}

/** Reads `TELEGRAM_BOT_TOKEN` and `TELEGRAM_API_BASE_URL`; `undefined` without a token: no messages then. */
export function readBotConfig(env: EnvironmentReader): BotConfig | undefined {
  if (!env.has("TELEGRAM_BOT_TOKEN")) return undefined;
  return {
    botToken: readBotToken(env),
    baseUrl: env.has("TELEGRAM_API_BASE_URL") ? env.url("TELEGRAM_API_BASE_URL") : undefined,
  };
}

/** Reads `TELEGRAM_BOT_TOKEN` and `TELEGRAM_INIT_DATA_MAX_AGE_SECONDS` (default a day: Telegram Desktop keeps launch data for most of one; at most a week). */
export function readTelegramConfig(env: EnvironmentReader): TelegramConfig {
  return {
    botToken: readBotToken(env),
    maxAgeSeconds: env.integer("TELEGRAM_INIT_DATA_MAX_AGE_SECONDS", {
      min: 10,
      max: 7 * 24 * 3600,
      fallback: 24 * 3600,
    }),
  };
}

function readBotToken(env: EnvironmentReader): string {
  return env.text("TELEGRAM_BOT_TOKEN", {
    wanted: 'a bot token as BotFather gives it, such as "123456:AbC…"',
    accepts: (value) => /^\d{1,20}:[\w-]{10,100}$/.test(value),
    secret: true,
  });
}
