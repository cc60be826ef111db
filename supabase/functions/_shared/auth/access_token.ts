/** Issues and verifies access tokens: JWTs that PostgREST, RLS and Realtime understand as they are. */
import {
  base64url,
  type CryptoKey,
  errors,
  importJWK,
  type JWTPayload,
  jwtVerify,
  SignJWT,
} from "jose";
import { AppError } from "../http/errors.ts";

/** A private ES256 key as a JWK. Other members, such as `key_ops`, are not kept. */
export interface PrivateSigningJwk {
  kty: "EC";
  crv: "P-256";
  kid: string;
  x: string;
  y: string;
  d: string;
}

/** The one key tokens are signed and verified with; it pins the algorithm. */
export type AccessTokenKey =
  | { algorithm: "HS256"; secret: string }
  | { algorithm: "ES256"; jwk: PrivateSigningJwk };

/** Whom a token speaks for. */
export interface Caller {
  /** `users.id`, a UUID. */
  userId: string;
  /** The session the token was issued in, a UUID. Whether it is still active, only SQL knows. */
  sessionId: string;
}

/** A token and its lifetime. */
export interface IssuedAccessToken {
  accessToken: string;
  /** Seconds. */
  expiresIn: number;
  /** Seconds since the epoch. */
  expiresAt: number;
}

/** Issues and verifies tokens with one key. */
export interface AccessTokens {
  issue(caller: Caller): Promise<IssuedAccessToken>;
  /** @throws {AppError} `unauthorized` for every token that was not issued by `issue` with this key, or is over. */
  verify(token: string): Promise<Caller>;
}

/** What tokens are made with. */
export interface AccessTokensOptions {
  key: AccessTokenKey;
  /** The project's URL; `iss` is its Auth endpoint, as tokens of Supabase Auth have it. */
  supabaseUrl: string;
  /** Milliseconds since the epoch. */
  now: () => number;
}

/** How long a token lasts. Short, because a revoked session's token works on the Data API until then. */
export const ACCESS_TOKEN_SECONDS = 3600;

const AUDIENCE = "authenticated";
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * Makes the issuer and verifier of access tokens.
 *
 * The algorithm is the key's, never the token's. `iss` is not checked: it adds nothing to the
 * signature, and PostgREST and Realtime, which accept the same tokens by the same key, do not
 * check it. No clock tolerance: the issuer's and the verifier's clock are one.
 */
export function createAccessTokens(options: AccessTokensOptions): AccessTokens {
  const { key, now } = options;
  const header = key.algorithm === "ES256"
    ? { alg: key.algorithm, typ: "JWT", kid: key.jwk.kid }
    : { alg: key.algorithm, typ: "JWT" };
  // Imported at the first token, once: a warm-up request should not wait for it.
  let keys: Promise<KeyPair> | undefined;

  async function issue({ userId, sessionId }: Caller): Promise<IssuedAccessToken> {
    const issuedAt = Math.floor(now() / 1000);
    const expiresAt = issuedAt + ACCESS_TOKEN_SECONDS;
    const { signing } = await (keys ??= importKeys(key));
    const accessToken = await new SignJWT({ role: AUDIENCE, session_id: sessionId })
      .setProtectedHeader(header)
      .setIssuer(`${options.supabaseUrl}/auth/v1`)
      .setSubject(userId)
      .setAudience(AUDIENCE)
      .setIssuedAt(issuedAt)
      .setExpirationTime(expiresAt)
      .sign(signing);
    return { accessToken, expiresIn: ACCESS_TOKEN_SECONDS, expiresAt };
  }

  async function verify(token: string): Promise<Caller> {
    const { verifying } = await (keys ??= importKeys(key));
    try {
      requireOneSpelling(token);
      const { payload } = await jwtVerify(token, verifying, {
        algorithms: [key.algorithm],
        requiredClaims: ["exp", "iat", "sub", "aud", "role", "session_id"],
        currentDate: new Date(now()),
      });
      return callerOf(payload);
    } catch (cause) {
      if (cause instanceof AppError) throw cause;
      const expired = cause instanceof errors.JWTExpired;
      throw unauthorized(expired ? "The access token has expired" : "Invalid access token", cause);
    }
  }

  return { issue, verify };
}

// The last digit of a base64url signature has spare bits, which decoders ignore: several texts would
// be the same token. Header and payload are signed as text.
function requireOneSpelling(token: string): void {
  const signature = token.slice(token.lastIndexOf(".") + 1);
  if (base64url.encode(base64url.decode(signature)) !== signature) {
    throw new TypeError("The signature is not in its one base64url form");
  }
}

function callerOf({ sub, aud, role, session_id: sessionId }: JWTPayload): Caller {
  // Compared whole: an `aud` list that only includes ours was not made by `issue`.
  const ours = aud === AUDIENCE && role === AUDIENCE &&
    typeof sub === "string" && UUID.test(sub) &&
    typeof sessionId === "string" && UUID.test(sessionId);
  if (!ours) throw unauthorized("The access token is not one of a user's session");
  return { userId: sub, sessionId };
}

interface KeyPair {
  signing: CryptoKey | Uint8Array;
  verifying: CryptoKey | Uint8Array;
}

async function importKeys(key: AccessTokenKey): Promise<KeyPair> {
  if (key.algorithm === "HS256") {
    const secret = await crypto.subtle.importKey(
      "raw",
      new TextEncoder().encode(key.secret),
      { name: "HMAC", hash: "SHA-256" },
      false,
      ["sign", "verify"],
    );
    return { signing: secret, verifying: secret };
  }
  const { d, ...publicJwk } = key.jwk;
  return {
    signing: await importJWK({ ...publicJwk, d }, "ES256"),
    verifying: await importJWK(publicJwk, "ES256"),
  };
}

function unauthorized(message: string, cause?: unknown): AppError {
  return new AppError("unauthorized", message, {
    cause,
    headers: { "www-authenticate": 'Bearer error="invalid_token"' },
  });
}
