/** A keyed hash of a Telegram id: what remembers a user who was erased. */
import { encodeHex } from "@std/encoding/hex";

/** Keeps this use of the token apart from the one that `initData` makes of it. */
const LABEL = "signup\n";

/** HMAC-SHA256 of the id by the bot's token, 64 hexadecimal digits: without the token no id is found out. */
export async function hashTelegramId(telegramId: number, botToken: string): Promise<string> {
  const encoder = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(botToken), algorithm, false, [
    "sign",
  ]);
  return encodeHex(await crypto.subtle.sign("HMAC", key, encoder.encode(`${LABEL}${telegramId}`)));
}
