/** Verifies `initData`, what Telegram gives a Mini App to prove who opened it. */
import { AppError } from "../http/errors.ts";
import { decodeHex } from "@std/encoding/hex";
import { parseTelegramUser, type TelegramUser } from "./user.ts";

/** Verified initData: the user, and when Telegram signed it. */
export interface VerifiedInitData extends TelegramUser {
  /** Seconds since the epoch. */
  authDate: number;
}

/** What initData is verified against. */
export interface VerifyInitDataOptions {
  botToken: string;
  /** Milliseconds since the epoch. */
  now: number;
  /** How old it may be. */
  maxAgeSeconds: number;
  /** How far in the future Telegram's clock may be. */
  maxFutureSkewSeconds: number;
}

/** Telegram's field names. Others could move a `=` or line break between name and value unnoticed. */
const FIELD_NAME = /^\w+$/;

/**
 * Verifies `raw` by Telegram's algorithm and gives its user.
 *
 * The data-check-string is every field but `hash` (so `signature` stays in), as `name=value`, sorted
 * and joined by line breaks; its HMAC-SHA-256 under HMAC-SHA-256("WebAppData", bot token) is `hash`.
 * Fields are decoded by `URLSearchParams`; two spellings of the same fields are the same data.
 * https://core.telegram.org/bots/webapps#validating-data-received-via-the-mini-app
 *
 * The signature is verified before anything it covers is looked at, and nothing is forgiven: `hash`
 * is 64 lower-case digits, no field comes twice, none holds a line break.
 *
 * @throws {AppError} `expired_init_data` for good data that is too old; `invalid_init_data` for
 * everything else: forged, incomplete, from the future.
 */
export async function verifyInitData(
  raw: string,
  options: VerifyInitDataOptions,
): Promise<VerifiedInitData> {
  const { hash, ...fields } = readFields(raw);
  if (hash === undefined || !/^[0-9a-f]{64}$/.test(hash)) throw invalid("Wrong or missing hash");
  const checked = Object.entries(fields).map(([name, value]) => `${name}=${value}`).sort();
  if (!await isSigned(checked.join("\n"), { hash, botToken: options.botToken })) {
    throw invalid("Wrong or missing hash");
  }
  const authDate = readAuthDate(fields.auth_date);
  const ageMs = options.now - authDate * 1000;
  if (ageMs < -options.maxFutureSkewSeconds * 1000) throw invalid("auth_date is in the future");
  if (ageMs > options.maxAgeSeconds * 1000) {
    throw new AppError(
      "expired_init_data",
      `initData is too old: wanted at most ${options.maxAgeSeconds} seconds`,
    );
  }
  const user = parseTelegramUser(fields.user);
  if (user === undefined) throw invalid("Missing or malformed user");
  return { ...user, authDate };
}

function readFields(raw: string): Record<string, string | undefined> {
  const fields = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(raw)) {
    if (!FIELD_NAME.test(name) || value.includes("\n")) throw invalid("Malformed field");
    if (fields.has(name)) throw invalid("A field is given twice");
    fields.set(name, value);
  }
  return Object.fromEntries(fields);
}

// `verify` compares in constant time.
async function isSigned(
  text: string,
  { hash, botToken }: { hash: string; botToken: string },
): Promise<boolean> {
  const encoder = new TextEncoder();
  const tokenKey = await importHmacKey(encoder.encode("WebAppData"), "sign");
  const secret = await crypto.subtle.sign("HMAC", tokenKey, encoder.encode(botToken));
  const key = await importHmacKey(secret, "verify");
  return await crypto.subtle.verify("HMAC", key, decodeHex(hash), encoder.encode(text));
}

function importHmacKey(raw: BufferSource, usage: KeyUsage): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, false, [usage]);
}

function readAuthDate(text: string | undefined): number {
  if (text === undefined || !/^[1-9]\d{0,11}$/.test(text)) {
    throw invalid("Missing or malformed auth_date");
  }
  return Number(text);
}

function invalid(message: string): AppError {
  return new AppError("invalid_init_data", `Invalid initData: ${message}`);
}
