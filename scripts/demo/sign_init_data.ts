/** Signs `initData` as Telegram does for a Mini App; for the demo and the tests, which have a bot token. */

/** A Telegram user, in the fields Telegram sends. */
export interface InitDataUser {
  id: number;
  first_name: string;
  last_name?: string;
  username?: string;
  language_code?: string;
  allows_write_to_pm?: boolean;
}

/** What is signed beside the user. */
export interface SignOptions {
  botToken: string;
  user: InitDataUser;
  /** Seconds since the epoch. @default now */
  authDate?: number;
}

/**
 * Gives the raw `initData` string.
 *
 * Source: "Validating data received via the Mini App" in Telegram's documentation of Mini Apps: the
 * fields, sorted, as `key=value` lines, by HMAC-SHA256 under HMAC-SHA256("WebAppData", bot token).
 */
export async function signInitData({ botToken, user, authDate }: SignOptions): Promise<string> {
  const fields: Record<string, string> = {
    auth_date: String(authDate ?? Math.floor(Date.now() / 1000)),
    query_id: "AAHdF6IQAAAAAN0XohDhrOrc",
    user: JSON.stringify(user),
  };
  const lines = Object.keys(fields).sort().map((name) => `${name}=${fields[name]}`);
  const secret = await hmac(new TextEncoder().encode("WebAppData"), botToken);
  const hash = await hmac(secret, lines.join("\n"));
  const hex = Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return new URLSearchParams({ ...fields, hash: hex }).toString();
}

async function hmac(
  key: Uint8Array<ArrayBuffer>,
  message: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", key, algorithm, false, ["sign"]);
  return new Uint8Array(
    await crypto.subtle.sign("HMAC", imported, new TextEncoder().encode(message)),
  );
}
