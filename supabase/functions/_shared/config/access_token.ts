/** Settings: the key access tokens are signed with. */
import * as v from "valibot";
import type { AccessTokenKey } from "../auth/access_token.ts";
import { text } from "./variables.ts";

const COORDINATE = v.pipe(v.string(), v.regex(/^[\w-]{43}$/));

/** A private key as `supabase gen signing-key` prints it; members that are not named are dropped. */
const SIGNING_KEY = v.message(
  v.pipe(
    v.string(),
    v.parseJson(),
    v.object({
      kty: v.literal("EC"),
      crv: v.literal("P-256"),
      alg: v.optional(v.literal("ES256")),
      kid: v.pipe(v.string(), v.nonEmpty()),
      x: COORDINATE,
      y: COORDINATE,
      d: COORDINATE,
    }),
    v.transform(({ alg: _alg, ...jwk }) => jwk),
  ),
  'a private JWK: JSON with kty "EC", crv "P-256", kid, x, y and d',
);

/**
 * The signing key: `JWT_SIGNING_KEY` (a private ES256 JWK with a `kid`) when set, else `JWT_SECRET`
 * (HS256). With a signing key the secret is not read: one key signs, and the same one verifies.
 */
export function accessTokenSettings(isSet: (name: string) => boolean) {
  if (isSet("JWT_SIGNING_KEY")) {
    return v.pipe(
      v.object({ JWT_SIGNING_KEY: SIGNING_KEY }),
      v.transform(({ JWT_SIGNING_KEY: jwk }): AccessTokenKey => ({ algorithm: "ES256", jwk })),
    );
  }
  return v.pipe(
    v.object({ JWT_SECRET: text("a secret of at least 32 characters", /^.{32}/s) }),
    v.transform(({ JWT_SECRET: secret }): AccessTokenKey => ({ algorithm: "HS256", secret })),
  );
}
