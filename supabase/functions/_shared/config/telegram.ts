/** Settings: the bot whose Mini App sends `initData`. */
import * as v from "valibot";
import type { ConfigOf } from "./read_config.ts";
import { baseUrl, text, wholeNumber } from "./variables.ts";

const BOT_TOKEN = text(
  'a bot token as BotFather gives it, such as "123456:AbC…"',
  /^\d{1,20}:[\w-]{10,100}$/,
);

/**
 * `TELEGRAM_BOT_TOKEN` and `TELEGRAM_INIT_DATA_MAX_AGE_SECONDS` (default a day: Telegram Desktop keeps
 * launch data for most of one; at most a week).
 */
export const telegramSettings = v.pipe(
  v.object({
    TELEGRAM_BOT_TOKEN: BOT_TOKEN,
    TELEGRAM_INIT_DATA_MAX_AGE_SECONDS: v.optional(wholeNumber(10, 7 * 24 * 3600), "86400"),
  }),
  v.transform((values) => ({
    botToken: values.TELEGRAM_BOT_TOKEN,
    /** How old a login may be, in seconds. */
    maxAgeSeconds: values.TELEGRAM_INIT_DATA_MAX_AGE_SECONDS,
  })),
);

/** What verifying `initData` needs. */
export type TelegramConfig = ConfigOf<typeof telegramSettings>;

/** The bot as the worker needs it: to send finished pictures. */
export interface BotConfig {
  botToken: string;
  /** Another endpoint of the Bot API; Telegram's own when absent. */
  baseUrl: string | undefined;
  /** Address of the Mini App, which buttons in chats open; none when absent. */
  appUrl: string | undefined;
}

/** `TELEGRAM_BOT_TOKEN`, `TELEGRAM_API_BASE_URL` and `MINI_APP_URL`; `undefined` without a token: no messages then. */
export function botSettings(isSet: (name: string) => boolean) {
  if (!isSet("TELEGRAM_BOT_TOKEN")) {
    return v.pipe(v.object({}), v.transform((): BotConfig | undefined => undefined));
  }
  return v.pipe(
    v.object({
      TELEGRAM_BOT_TOKEN: BOT_TOKEN,
      TELEGRAM_API_BASE_URL: v.optional(baseUrl()),
      MINI_APP_URL: v.optional(baseUrl()),
    }),
    v.transform((values): BotConfig | undefined => ({
      botToken: values.TELEGRAM_BOT_TOKEN,
      baseUrl: values.TELEGRAM_API_BASE_URL,
      appUrl: values.MINI_APP_URL,
    })),
  );
}
