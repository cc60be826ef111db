/** Who is calling: an API key and a bearer token become a database role and its claims, as Supabase's gateway decides it. */
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from "jose";

/** A caller the Data API and Realtime act for: the role to `set local role` to, and `request.jwt.claims`. */
export interface Caller {
  role: string;
  claims: Record<string, unknown>;
}

/** What a stack accepts: its two API keys, the HS256 secret, and the public keys of asymmetric signers. */
export interface CredentialsOptions {
  publishableKey: string;
  secretKey: string;
  jwtSecret: string;
  /** Public keys by `kid`, for tokens signed with `JWT_SIGNING_KEY` (ES256). */
  jwks?: JSONWebKeySet;
}

/** A refused credential. `message` is the wire message, `code` PostgREST's (PGRST301: bad or expired JWT). */
export class CredentialsError extends Error {
  override name = "CredentialsError";
  readonly status = 401;
  constructor(readonly code: string, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/**
 * Decides the role of a request.
 *
 * `apikey` must be one of the two keys (or a JWT signed by the stack). `bearer`, the token of the
 * Authorization header, decides the role when it is a JWT; an `sb_…` key there counts as absent,
 * as supabase-js repeats the API key in that header.
 *
 * @throws {CredentialsError} For an unknown key, and for a token that is forged, expired or not yet valid.
 */
export async function resolveCaller(
  credentials: { apikey: string | null; bearer: string | null },
  options: CredentialsOptions,
): Promise<Caller> {
  const { apikey, bearer } = credentials;
  const keyCaller = await callerOfKey(apikey, options);
  if (bearer === null || bearer === apikey || bearer.startsWith("sb_")) return keyCaller;
  return await callerOfToken(bearer, options);
}

async function callerOfKey(apikey: string | null, options: CredentialsOptions): Promise<Caller> {
  if (apikey === options.publishableKey) return { role: "anon", claims: { role: "anon" } };
  if (apikey === options.secretKey) {
    return { role: "service_role", claims: { role: "service_role" } };
  }
  if (apikey !== null && apikey.split(".").length === 3) {
    return await callerOfToken(apikey, options);
  }
  throw new CredentialsError("PGRST301", apikey === null ? "No API key found" : "Invalid API key");
}

/** Verifies a JWT against the stack's keys; the role is its `role` claim, `anon` without one. */
export async function callerOfToken(token: string, options: CredentialsOptions): Promise<Caller> {
  try {
    const claims = await verifiedClaims(token, options);
    const role = typeof claims.role === "string" ? claims.role : "anon";
    return { role, claims };
  } catch (cause) {
    const expired = (cause as { code?: string }).code === "ERR_JWT_EXPIRED";
    throw new CredentialsError("PGRST301", expired ? "JWT expired" : "Invalid JWT", { cause });
  }
}

async function verifiedClaims(
  token: string,
  options: CredentialsOptions,
): Promise<Record<string, unknown>> {
  const secret = new TextEncoder().encode(options.jwtSecret);
  try {
    return (await jwtVerify(token, secret, { algorithms: ["HS256"] })).payload;
  } catch (cause) {
    const wrongAlgorithm = (cause as { code?: string }).code === "ERR_JOSE_ALG_NOT_ALLOWED";
    if (!wrongAlgorithm || options.jwks === undefined) throw cause;
    const keySet = createLocalJWKSet(options.jwks);
    return (await jwtVerify(token, keySet, { algorithms: ["ES256"] })).payload;
  }
}
