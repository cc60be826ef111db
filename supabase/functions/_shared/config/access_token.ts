/** Settings: the key access tokens are signed with. */
import type { AccessTokenKey, PrivateSigningJwk } from "../auth/access_token.ts";
import type { EnvironmentReader } from "./read_config.ts";

/**
 * Reads the signing key: `JWT_SIGNING_KEY` (a private ES256 JWK with a `kid`, as
 * `supabase gen signing-key` prints it) when set, else `JWT_SECRET` (HS256).
 * With a signing key the secret is not read: one key signs, and the same one verifies.
 */
export function readAccessTokenKey(env: EnvironmentReader): AccessTokenKey {
  if (env.has("JWT_SIGNING_KEY")) {
    const text = env.text("JWT_SIGNING_KEY", {
      wanted: 'a private JWK: JSON with kty "EC", crv "P-256", kid, x, y and d',
      accepts: (value) => parseSigningJwk(value) !== undefined,
      secret: true,
    });
    // Only met with a refused value, in which case `readConfig` throws.
    const none = { kty: "EC", crv: "P-256", kid: "", x: "", y: "", d: "" } as const;
    return { algorithm: "ES256", jwk: parseSigningJwk(text) ?? none };
  }
  const secret = env.text("JWT_SECRET", {
    wanted: "a secret of at least 32 characters",
    accepts: (value) => value.length >= 32,
    secret: true,
  });
  return { algorithm: "HS256", secret };
}

function parseSigningJwk(text: string): PrivateSigningJwk | undefined {
  let jwk: Partial<Record<string, unknown>> | null;
  try {
    jwk = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (jwk?.kty !== "EC" || jwk.crv !== "P-256" || (jwk.alg ?? "ES256") !== "ES256") {
    return undefined;
  }
  const { kid, x, y, d } = jwk;
  const isCoordinate = (value: unknown) => typeof value === "string" && /^[\w-]{43}$/.test(value);
  if (typeof kid !== "string" || kid === "" || ![x, y, d].every(isCoordinate)) return undefined;
  return { kty: "EC", crv: "P-256", kid, x: String(x), y: String(y), d: String(d) };
}
