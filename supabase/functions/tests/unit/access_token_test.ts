/** Access tokens by both algorithms, and every way in which one may be wrong. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  base64url,
  decodeJwt,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWTPayload,
  jwtVerify,
  SignJWT,
} from "jose";
import {
  type AccessTokenKey,
  createAccessTokens,
  type PrivateSigningJwk,
} from "../../_shared/auth/access_token.ts";
import { AppError } from "../../_shared/http/errors.ts";
import { NOW } from "../fakes.ts";

const SECRET = "a-secret-of-the-tests-with-more-than-32-characters";
const SUPABASE_URL = "https://project.supabase.co";
const CALLER = {
  userId: "5c8f4f0e-9d2b-4b53-9a3e-0d8d9a4d7c11",
  sessionId: "0b0f2a0c-7f61-4c3c-8f5e-b3f2f3a4f7d2",
};
const SECONDS = NOW / 1000;
const GOOD_CLAIMS: JWTPayload = {
  sub: CALLER.userId,
  role: "authenticated",
  aud: "authenticated",
  iss: `${SUPABASE_URL}/auth/v1`,
  iat: SECONDS,
  exp: SECONDS + 3600,
  "session_id": CALLER.sessionId,
};

function tokensOf(key: AccessTokenKey, clock = { now: NOW }) {
  return createAccessTokens({ key, supabaseUrl: SUPABASE_URL, now: () => clock.now });
}

function withSecret(clock = { now: NOW }) {
  return tokensOf({ algorithm: "HS256", secret: SECRET }, clock);
}

async function createSigningJwk(): Promise<PrivateSigningJwk> {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const { x = "", y = "", d = "" } = await exportJWK(privateKey);
  return { kty: "EC", crv: "P-256", kid: "key-1", x, y, d };
}

function signWithSecret(claims: JWTPayload, secret = SECRET, alg = "HS256"): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg, typ: "JWT" })
    .sign(new TextEncoder().encode(secret));
}

async function assertRefused(token: string, tokens = withSecret()): Promise<void> {
  const error = await assertRejects(() => tokens.verify(token), AppError);
  assertEquals([error.code, error.status], ["unauthorized", 401]);
  assert(!error.message.includes(token.slice(0, 20) || "never"));
}

Deno.test("issue() makes the claims PostgREST and Realtime read", async () => {
  const { accessToken, expiresIn, expiresAt } = await withSecret().issue(CALLER);
  assertEquals(decodeProtectedHeader(accessToken), { alg: "HS256", typ: "JWT" });
  assertEquals(decodeJwt(accessToken), GOOD_CLAIMS);
  assertEquals([expiresIn, expiresAt], [3600, SECONDS + 3600]);
});

Deno.test("issue() signs with the secret's own bytes", async () => {
  const { accessToken } = await withSecret().issue(CALLER);
  const key = new TextEncoder().encode(SECRET);
  await jwtVerify(accessToken, key, { currentDate: new Date(NOW) });
});

Deno.test("issue() with a signing key makes an ES256 token that names the key", async () => {
  const jwk = await createSigningJwk();
  const { accessToken } = await tokensOf({ algorithm: "ES256", jwk }).issue(CALLER);
  assertEquals(decodeProtectedHeader(accessToken), { alg: "ES256", typ: "JWT", kid: "key-1" });
  const { kty, crv, x, y } = jwk;
  const publicKey = await importJWK({ kty, crv, x, y }, "ES256");
  const { payload } = await jwtVerify(accessToken, publicKey, { currentDate: new Date(NOW) });
  assertEquals(payload, GOOD_CLAIMS);
});

Deno.test("verify() gives the caller of its own tokens, by both algorithms", async () => {
  const jwk = await createSigningJwk();
  for (const tokens of [withSecret(), tokensOf({ algorithm: "ES256", jwk })]) {
    const { accessToken } = await tokens.issue(CALLER);
    assertEquals(await tokens.verify(accessToken), CALLER);
  }
});

Deno.test("verify() refuses a token from the second it expires", async () => {
  const clock = { now: NOW };
  const tokens = withSecret(clock);
  const { accessToken } = await tokens.issue(CALLER);
  clock.now = NOW + 3_599_999;
  assertEquals(await tokens.verify(accessToken), CALLER);
  clock.now = NOW + 3_600_000;
  await assertRefused(accessToken, tokens);
});

Deno.test("verify() refuses a token signed with another secret", async () => {
  await assertRefused(await signWithSecret(GOOD_CLAIMS, `${SECRET}!`));
});

Deno.test("verify() refuses a good header and payload with a changed signature", async () => {
  const { accessToken } = await withSecret().issue(CALLER);
  const [header, payload, signature = ""] = accessToken.split(".");
  const flipped = (signature.startsWith("A") ? "B" : "A") + signature.slice(1);
  await assertRefused(`${header}.${payload}.${flipped}`);
  await assertRefused(`${header}.${payload}.`);
});

Deno.test("verify() refuses another spelling of the same signature", async () => {
  const { accessToken } = await withSecret().issue(CALLER);
  const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const last = digits.indexOf(accessToken.slice(-1));
  const other = accessToken.slice(0, -1) + digits[last + 1];
  const bytes = (token: string) => base64url.decode(token.split(".")[2] ?? "");
  assertEquals(bytes(other), bytes(accessToken));
  await assertRefused(other);
  await assertRefused(`${accessToken}=`);
});

Deno.test("verify() refuses a payload that was changed under its signature", async () => {
  const { accessToken } = await withSecret().issue(CALLER);
  const [header, , signature] = accessToken.split(".");
  const sub = "5c8f4f0e-9d2b-4b53-9a3e-0d8d9a4d7c12";
  const payload = base64url.encode(JSON.stringify({ ...GOOD_CLAIMS, sub }));
  await assertRefused(`${header}.${payload}.${signature}`);
});

Deno.test('verify() refuses the algorithm "none", whatever its spelling', async () => {
  const payload = base64url.encode(JSON.stringify(GOOD_CLAIMS));
  for (const alg of ["none", "None", "NONE", ""]) {
    const header = base64url.encode(JSON.stringify({ alg, typ: "JWT" }));
    await assertRefused(`${header}.${payload}.`);
  }
});

Deno.test("verify() refuses another HMAC with the same secret", async () => {
  await assertRefused(await signWithSecret(GOOD_CLAIMS, SECRET.repeat(2), "HS512"));
  await assertRefused(
    await signWithSecret(GOOD_CLAIMS, SECRET.repeat(2), "HS512"),
    tokensOf({ algorithm: "HS256", secret: SECRET.repeat(2) }),
  );
});

Deno.test("verify() with a signing key refuses an HMAC made with its public half", async () => {
  const jwk = await createSigningJwk();
  const tokens = tokensOf({ algorithm: "ES256", jwk });
  const { kty, crv, x, y } = jwk;
  await assertRefused(
    await signWithSecret(GOOD_CLAIMS, JSON.stringify({ kty, crv, x, y })),
    tokens,
  );
  await assertRefused(await signWithSecret(GOOD_CLAIMS), tokens);
});

Deno.test("verify() with a signing key refuses another key of the same kid", async () => {
  const [ours, forgers] = [await createSigningJwk(), await createSigningJwk()];
  const forged = await tokensOf({ algorithm: "ES256", jwk: forgers }).issue(CALLER);
  await assertRefused(forged.accessToken, tokensOf({ algorithm: "ES256", jwk: ours }));
  await assertRefused(forged.accessToken);
});

Deno.test("verify() refuses a token that brings its own key", async () => {
  const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
  const jwk = await exportJWK(publicKey);
  const forged = await new SignJWT(GOOD_CLAIMS)
    .setProtectedHeader({ alg: "ES256", jwk, kid: "key-1" }).sign(privateKey);
  await assertRefused(forged, tokensOf({ algorithm: "ES256", jwk: await createSigningJwk() }));
});

const WRONG_CLAIMS: [string, Record<string, unknown>][] = [
  ["another audience", { aud: "anon" }],
  ["a list of audiences", { aud: ["authenticated", "service_role"] }],
  ["the role service_role", { role: "service_role" }],
  ["the role anon", { role: "anon" }],
  ["a subject that is no UUID", { sub: "admin" }],
  ["a session that is no UUID", { "session_id": "1" }],
  ["a number as session", { "session_id": 1 }],
  ["a text as expiry", { exp: String(SECONDS + 3600) }],
  ["a beginning in the future", { nbf: SECONDS + 60 }],
];
for (const [what, claims] of WRONG_CLAIMS) {
  Deno.test(`verify() refuses a signed token with ${what}`, async () => {
    await assertRefused(await signWithSecret({ ...GOOD_CLAIMS, ...claims } as JWTPayload));
  });
}

for (const claim of ["sub", "role", "aud", "exp", "iat", "session_id"]) {
  Deno.test(`verify() refuses a signed token without ${claim}`, async () => {
    const { [claim]: _left, ...claims } = GOOD_CLAIMS;
    await assertRefused(await signWithSecret(claims));
  });
}

Deno.test("verify() does not look at the issuer", async () => {
  const token = await signWithSecret({ ...GOOD_CLAIMS, iss: "https://other.example.com" });
  assertEquals(await withSecret().verify(token), CALLER);
});

Deno.test("verify() refuses what is no token", async () => {
  for (const text of ["", ".", "..", "a.b", "a.b.c", "a.b.c.d", "sb_secret_0123456789"]) {
    await assertRefused(text);
  }
});
