/** Refresh tokens: 32 bytes as base64url, of which the database keeps only a hash. */
import { encodeBase64Url } from "@std/encoding/base64url";
import { encodeHex } from "@std/encoding/hex";
import type { Runtime } from "../platform/runtime.ts";
import type { AccessTokenKey } from "./access_token.ts";

/** A token of ours: 43 base64url characters are 32 bytes. */
const SHAPE = /^[\w-]{43}$/;

/** The first 10 characters: 60 of the 256 bits. The other 196 are new with each token. */
const LINEAGE_LENGTH = 10;

/** Keeps what is signed here apart from the JWTs that the same key signs: none of those begins so. */
const LABEL = "refresh token\n";

/** Makes the first refresh token of a login. */
export function createRefreshToken(runtime: Pick<Runtime, "randomBytes">): string {
  return encodeBase64Url(runtime.randomBytes(32));
}

/**
 * The successor of a refresh token: HMAC-SHA256 of it by the server's key, so that a repeated exchange
 * gives the same one although only hashes are stored.
 *
 * It begins like its predecessor: that beginning, the lineage, names the login all its tokens descend
 * from, so that refreshing can be rate limited before the database is asked. It cannot be changed to
 * escape the limit, as the hash is over the whole token.
 */
export async function deriveNextRefreshToken(
  previous: string,
  key: AccessTokenKey,
): Promise<string> {
  const secret = key.algorithm === "HS256" ? key.secret : key.jwk.d;
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const encoder = new TextEncoder();
  const hmacKey = await crypto.subtle.importKey("raw", encoder.encode(secret), algorithm, false, [
    "sign",
  ]);
  const mac = await crypto.subtle.sign("HMAC", hmacKey, encoder.encode(LABEL + previous));
  return refreshLineage(previous) + encodeBase64Url(new Uint8Array(mac)).slice(LINEAGE_LENGTH);
}

/** The beginning all tokens of one login share; it is not secret. */
export function refreshLineage(token: string): string {
  return token.slice(0, LINEAGE_LENGTH);
}

/** Whether `text` has the form of a refresh token. */
export function isRefreshToken(text: string): boolean {
  return SHAPE.test(text);
}

/**
 * The hash a token is stored and looked up by: SHA-256 of its characters, 64 hexadecimal digits.
 * Plain, not slow, because the token is random: nothing can be guessed.
 */
export async function hashRefreshToken(token: string): Promise<string> {
  return encodeHex(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token)));
}
