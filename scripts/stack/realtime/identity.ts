/** Who a channel acts for: its token becomes a role and claims, or a refusal in Realtime's words. */
import {
  type Caller,
  callerOfToken,
  type CredentialsError,
  type CredentialsOptions,
} from "../credentials.ts";

/** The caller a channel acts for. */
export interface Identity {
  role: string;
  /** JSON text, for `request.jwt.claims`. */
  claims: string;
  /** The same for two identities that row level security cannot tell apart. */
  key: string;
  /** Milliseconds since the epoch; null: never. */
  expiresAt: number | null;
  /** Null when the role is the API key's. */
  token: string | null;
}

/** A refused join or token. `message` is the wire text. */
export class RefusedError extends Error {
  override name = "RefusedError";
}

/**
 * The identity of a caller; `token` is what proved it, if not the API key.
 *
 * @throws {RefusedError} For the role "none", by which Postgres means whoever is logged in: a superuser.
 */
export function identityOf(caller: Caller, token: string | null = null): Identity {
  if (caller.role === "none") throw new RefusedError("InvalidJWTToken: Role none does not exist");
  const { exp } = caller.claims;
  const claims = JSON.stringify(caller.claims);
  return {
    role: caller.role,
    claims,
    key: `${caller.role} ${claims}`,
    expiresAt: typeof exp === "number" ? exp * 1000 : null,
    token,
  };
}

/**
 * The identity a token proves.
 *
 * @throws {RefusedError} For a token that is malformed, forged, expired, or lacks `role` or `exp`.
 */
export async function identify(token: string, credentials: CredentialsOptions): Promise<Identity> {
  const caller = await callerOfToken(token, credentials).catch((error: CredentialsError) => {
    throw new RefusedError(refusalText(error.cause), { cause: error });
  });
  const { role, exp } = caller.claims;
  if (typeof role !== "string" || typeof exp !== "number") {
    throw new RefusedError("InvalidJWTToken: Fields `role` and `exp` are required in JWT");
  }
  return identityOf(caller, token);
}

/** Whether a client's `access_token` is a JWT to judge; API keys and null stand for "no token". */
export function isToken(token: unknown): token is string {
  return typeof token === "string" && token !== "" && !token.startsWith("sb_");
}

function refusalText(cause: unknown): string {
  const { code, payload } = cause as { code?: string; payload?: { exp?: number } };
  switch (code) {
    case "ERR_JWT_EXPIRED":
      return expiredText((payload?.exp ?? 0) * 1000);
    case "ERR_JWS_INVALID":
    case "ERR_JWT_INVALID":
      return "MalformedJWT: The token provided is not a valid JWT";
    case "ERR_JWT_CLAIM_VALIDATION_FAILED":
      return "InvalidJWTToken: Token is not valid yet";
    default:
      return "JwtSignatureError: Failed to validate JWT signature";
  }
}

/** What a client is told of a token that expired at `expiresAt` (milliseconds since the epoch). */
export function expiredText(expiresAt: number): string {
  const seconds = Math.max(0, Math.floor((Date.now() - expiresAt) / 1000));
  return `InvalidJWTToken: Token has expired ${seconds} seconds ago`;
}
