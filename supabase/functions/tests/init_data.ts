/** Makes initData as Telegram does; written from its documentation, sharing nothing with the verifier. */
import { createHmac } from "node:crypto";

/** The bot of the tests. */
export const BOT_TOKEN = "7342037359:AAFZehRPBRs8Seg40oDjTMIW8uTGPuW1zfQ";

/** A Telegram user as it stands in initData. */
export const TELEGRAM_USER = {
  id: 279058397,
  "first_name": "Владислав + - ? \\/",
  "last_name": "Kibenko",
  username: "vdkfrost",
  "language_code": "ru",
  "is_premium": true,
  "allows_write_to_pm": true,
  "photo_url": "https://t.me/i/userpic/320/4FPEE4tmP3ATHa57u6MqTDih13LTOiMoKoLDRG4PnSA.svg",
};

/** The fields of one launch, without `hash`, at `authDate` (seconds since the epoch). */
export function launchFields(authDate: number, user: unknown = TELEGRAM_USER): [string, string][] {
  return [
    ["query_id", "AAHdF6IQAAAAAN0XohDhrOrc"],
    ["user", JSON.stringify(user)],
    ["auth_date", String(authDate)],
    ["chat_instance", "-3788475317572404878"],
    ["start_param", "from=friend"],
    [
      "signature",
      "zL-ucjNyREiHDE8aihFwpfR9aggP2xiAo3NSpfe-p7IbCisNlDKlo7Kb6G4D0Ao2mBrSgEk4maLSdv6MLIlADQ",
    ],
  ];
}

/** The hash of `fields` by https://core.telegram.org/bots/webapps#validating-data-received-via-the-mini-app. */
export function hashOf(fields: readonly [string, string][], botToken = BOT_TOKEN): string {
  const secret = createHmac("sha256", "WebAppData").update(botToken).digest();
  const lines = fields.map(([name, value]) => `${name}=${value}`).sort();
  return createHmac("sha256", secret).update(lines.join("\n")).digest("hex");
}

/** `fields` and their hash, percent-encoded as Telegram's clients encode them. */
export function signInitData(fields: readonly [string, string][], botToken = BOT_TOKEN): string {
  return encodeFields([...fields, ["hash", hashOf(fields, botToken)]]);
}

/** Percent-encodes `fields`, in their order. */
export function encodeFields(fields: readonly [string, string][]): string {
  return fields.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
}
