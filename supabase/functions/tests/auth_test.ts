/** Who may log in and who may act: Telegram's signature on initData, and our own on access tokens. */
import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { isValid, sign } from "@tma.js/init-data-node";
import { base64url, type JWTPayload, SignJWT } from "jose";
import { AppError } from "../_shared/http/errors.ts";
import { verifyInitData } from "../_shared/telegram/init_data.ts";
import { assertError, createAuth, JWT_SECRET, SESSION, USER } from "./auth_fixture.ts";
import { createRandom, NOW } from "./fakes.ts";
import { BOT_TOKEN, encodeFields, launchFields, signInitData, TELEGRAM_USER } from "./init_data.ts";

const SECONDS = NOW / 1000;
const VERIFY = { botToken: BOT_TOKEN, now: NOW, maxAgeSeconds: 3600, maxFutureSkewSeconds: 30 };

async function refusal(raw: string, options = VERIFY): Promise<string> {
  const error = await assertRejects(() => verifyInitData(raw, options), AppError);
  assertEquals(error.status, 401);
  return error.code;
}

Deno.test("verifyInitData() gives the user Telegram signed", async () => {
  assertEquals(await verifyInitData(signInitData(launchFields(SECONDS)), VERIFY), {
    id: TELEGRAM_USER.id,
    firstName: TELEGRAM_USER.first_name,
    lastName: TELEGRAM_USER.last_name,
    username: TELEGRAM_USER.username,
    languageCode: TELEGRAM_USER.language_code,
    photoUrl: TELEGRAM_USER.photo_url,
    allowsWriteToPm: true,
    authDate: SECONDS,
  });
});

Deno.test("verifyInitData() agrees with an independent library on what it signs", async () => {
  const user = { id: 42, "first_name": "Ada & Söhne = +%", username: "ada" };
  const raw = sign({ user, "start_param": "x y" }, BOT_TOKEN, new Date(NOW));
  const { id, firstName, username } = await verifyInitData(raw, VERIFY);
  assertEquals([id, firstName, username], [42, user.first_name, "ada"]);
});

Deno.test("verifyInitData() agrees with an independent library on what is signed", async () => {
  const good = signInitData(launchFields(SECONDS));
  const otherBot = signInitData(launchFields(SECONDS), `${BOT_TOKEN}x`);
  assert(isValid(good, BOT_TOKEN, { expiresIn: 0 }));
  assert(!isValid(otherBot, BOT_TOKEN, { expiresIn: 0 }));
  await verifyInitData(good, VERIFY);
  assertEquals(await refusal(otherBot), "invalid_init_data");
});

Deno.test("verifyInitData() accepts none of 10,000 random mutations", async () => {
  const raw = signInitData(launchFields(SECONDS));
  const random = createRandom(20261123);
  // Two spellings of the same fields are the same data, e.g. %2F and %2f: not a mutation of it.
  const meaning = (text: string) => [...new URLSearchParams(text)].map(String).sort().join("\n");
  let tried = 0;
  while (tried < 10_000) {
    const mutated = mutate(raw, random);
    if (meaning(mutated) === meaning(raw)) continue;
    tried++;
    const accepted = await verifyInitData(mutated, VERIFY).then(() => true, () => false);
    assert(!accepted, `Accepted the mutation ${JSON.stringify(mutated)}`);
  }
});

/** Replaces, removes, inserts or doubles a few characters at a random place, or swaps two places. */
function mutate(text: string, random: () => number): string {
  const below = (limit: number) => Math.floor(random() * limit);
  const digits = '0123456789abcdefABCDEF%&=+?#_-{}"\n\0 éя';
  const at = below(text.length);
  const length = 1 + below(4);
  const letter = digits.charAt(below(digits.length));
  switch (below(5)) {
    case 0:
      return text.slice(0, at) + letter + text.slice(at + 1);
    case 1:
      return text.slice(0, at) + text.slice(at + length);
    case 2:
      return text.slice(0, at) + letter + text.slice(at);
    case 3:
      return text.slice(0, at + length) + text.slice(at);
    default: {
      const other = below(text.length);
      const letters = [...text];
      [letters[at], letters[other]] = [letters[other] ?? "", letters[at] ?? ""];
      return letters.join("");
    }
  }
}

Deno.test("verifyInitData() refuses a changed user under the old hash", async () => {
  const raw = signInitData(launchFields(SECONDS));
  const forged = raw.replace(String(TELEGRAM_USER.id), String(TELEGRAM_USER.id + 1));
  assertNotEquals(forged, raw);
  assertEquals(await refusal(forged), "invalid_init_data");
});

Deno.test("verifyInitData() refuses a field that comes twice, first or last, equal or not", async () => {
  const fields = launchFields(SECONDS);
  const raw = signInitData(fields);
  const other = JSON.stringify({ ...TELEGRAM_USER, id: 1 });
  for (const extra of [["user", other], fields[1], ["auth_date", "1"], ["hash", "0"]]) {
    const doubled = encodeFields([extra as [string, string]]);
    assertEquals(await refusal(`${raw}&${doubled}`), "invalid_init_data");
    assertEquals(await refusal(`${doubled}&${raw}`), "invalid_init_data");
  }
  // Even when whoever signed it signed both.
  const signed = signInitData([...fields, ["user", other]]);
  assert(isValid(signed, BOT_TOKEN, { expiresIn: 0 }));
  assertEquals(await refusal(signed), "invalid_init_data");
});

Deno.test("verifyInitData() refuses good data without a user", async () => {
  const raw = signInitData(launchFields(SECONDS).filter(([name]) => name !== "user"));
  assert(isValid(raw, BOT_TOKEN, { expiresIn: 0 }));
  assertEquals(await refusal(raw), "invalid_init_data");
});

Deno.test("verifyInitData() takes data up to its greatest age", async () => {
  await verifyInitData(signInitData(launchFields(SECONDS - 3600)), VERIFY);
  assertEquals(await refusal(signInitData(launchFields(SECONDS - 3601))), "expired_init_data");
});

Deno.test("verifyInitData() takes data from 30 seconds in the future, not more", async () => {
  await verifyInitData(signInitData(launchFields(SECONDS + 30)), VERIFY);
  assertEquals(await refusal(signInitData(launchFields(SECONDS + 31))), "invalid_init_data");
});

Deno.test("verifyInitData() looks at the signature before the age", async () => {
  const stale = launchFields(SECONDS - 86_400);
  assertEquals(await refusal(signInitData(stale, `${BOT_TOKEN}x`)), "invalid_init_data");
});

Deno.test("verifyInitData() refuses what is no initData", async () => {
  for (const raw of ["", "hash", "hash=", "&&&", "user={}", "%", "null", "?".repeat(100)]) {
    assertEquals(await refusal(raw), "invalid_init_data");
  }
});

// The unit tests of access_token.ts have every claim and both algorithms; here the way in is tried.

const CLAIMS = {
  sub: USER.id,
  role: "authenticated",
  aud: "authenticated",
  iat: SECONDS,
  exp: SECONDS + 3600,
  "session_id": SESSION,
};

function signToken(claims: JWTPayload, secret = JWT_SECRET): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: "HS256" })
    .sign(new TextEncoder().encode(secret));
}

Deno.test("a login's access token lets its user act, and another login's too", async () => {
  const auth = createAuth();
  const body = { initData: signInitData(launchFields(SECONDS)) };
  for (let login = 0; login < 2; login++) {
    const { access_token: token } = await (await auth.post("/login", body)).json();
    const response = await auth.post("/logout", "", { authorization: `Bearer ${token}` });
    assertEquals(response.status, 204);
  }
});

const FORGED_TOKENS: [string, () => string | Promise<string>][] = [
  ["signed with another key", () => signToken(CLAIMS, `${JWT_SECRET}!`)],
  ["that has expired", () => signToken({ ...CLAIMS, exp: SECONDS })],
  ["of another audience", () => signToken({ ...CLAIMS, aud: "anon" })],
  ["of another role", () => signToken({ ...CLAIMS, role: "service_role" })],
  ["without an expiry", () => signToken({ ...CLAIMS, exp: undefined } as unknown as JWTPayload)],
  ["without a session", () => signToken({ ...CLAIMS, "session_id": undefined })],
  ["with the algorithm none", () => {
    const [header, payload] = [{ alg: "none" }, CLAIMS].map((part) =>
      base64url.encode(JSON.stringify(part))
    );
    return `${header}.${payload}.`;
  }],
];
for (const [what, forge] of FORGED_TOKENS) {
  Deno.test(`a token ${what} lets nobody act`, async () => {
    const auth = createAuth();
    const response = await auth.post("/logout", "", { authorization: `Bearer ${await forge()}` });
    await assertError(response, 401, "unauthorized");
    assertEquals(auth.db.calls, []);
  });
}
