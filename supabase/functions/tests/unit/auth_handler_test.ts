/** The requests of the auth function: their answers, what the database is asked, and the limits. */
import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { hashTelegramId } from "../../_shared/telegram/id_hash.ts";
import { encodeHex } from "@std/encoding/hex";
import { assertError, createAuth, SESSION, USER } from "../auth_fixture.ts";
import { NOW } from "../fakes.ts";
import { BOT_TOKEN, hashOf, launchFields, signInitData, TELEGRAM_USER } from "../init_data.ts";

const SECONDS = NOW / 1000;
const REFRESH_TOKEN = "0123456789abcdefghijklmnopqrstuvwxyzABCDE-_";

function sha256(text: string): Promise<string> {
  return crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)).then(encodeHex);
}

Deno.test("POST /auth/login gives tokens and the user, and only the documented members", async () => {
  const auth = createAuth();
  const response = await auth.post("/login", { initData: signInitData(launchFields(SECONDS)) });
  assertEquals(response.status, 200);
  assertEquals(response.headers.get("cache-control"), "no-store");
  const { access_token: accessToken, refresh_token: refreshToken, ...rest } = await response.json();
  assertEquals(rest, {
    "token_type": "bearer",
    "expires_in": 3600,
    "expires_at": SECONDS + 3600,
    user: USER,
  });
  assertEquals(await auth.accessTokens.verify(accessToken), {
    userId: USER.id,
    sessionId: SESSION,
  });
  assertMatch(refreshToken, /^[\w-]{43}$/);
});

Deno.test("POST /auth/login gives the database what Telegram signed and a hash of the token", async () => {
  const auth = createAuth();
  const response = await auth.post("/login", { initData: signInitData(launchFields(SECONDS)) });
  const { refresh_token: refreshToken } = await response.json();
  assertEquals(auth.db.calls, [{
    name: "login_user",
    args: {
      "telegram_id": TELEGRAM_USER.id,
      "first_name": TELEGRAM_USER.first_name,
      "last_name": TELEGRAM_USER.last_name,
      username: TELEGRAM_USER.username,
      "language_code": TELEGRAM_USER.language_code,
      "photo_url": TELEGRAM_USER.photo_url,
      "allows_write_to_pm": true,
      "refresh_token_hash": await sha256(refreshToken),
      "telegram_id_hash": await hashTelegramId(TELEGRAM_USER.id, BOT_TOKEN),
    },
  }]);
});

Deno.test("POST /auth/login gives every login another refresh token", async () => {
  const auth = createAuth();
  const body = { initData: signInitData(launchFields(SECONDS)) };
  const tokens = new Set<string>();
  for (let login = 0; login < 5; login++) {
    tokens.add((await (await auth.post("/login", body)).json()).refresh_token);
  }
  assertEquals(tokens.size, 5);
});

Deno.test("POST /auth/login answers forged, expired and future initData by their codes, without asking anybody", async () => {
  const auth = createAuth();
  const cases: [string, string][] = [
    [signInitData(launchFields(SECONDS), `${BOT_TOKEN}x`), "invalid_init_data"],
    [signInitData(launchFields(SECONDS - 3601)), "expired_init_data"],
    [signInitData(launchFields(SECONDS + 31)), "invalid_init_data"],
    ["x", "invalid_init_data"],
  ];
  for (const [initData, code] of cases) {
    await assertError(await auth.post("/login", { initData }), 401, code);
  }
  assertEquals([auth.db.calls, auth.taken], [[], []]);
});

const BAD_LOGINS: [string, unknown][] = [
  ["no body", ""],
  ["no JSON", "initData=x"],
  ["a list", []],
  ["null", "null"],
  ["no initData", {}],
  ["an empty initData", { initData: "" }],
  ["a number as initData", { initData: 1 }],
  ["another field", { initData: "x", "telegram_id": 1 }],
  ["more than 4 KiB", { initData: "x".repeat(4_090) }],
];
for (const [what, body] of BAD_LOGINS) {
  Deno.test(`POST /auth/login answers 400 to ${what}`, async () => {
    const auth = createAuth();
    await assertError(await auth.post("/login", body), 400, "invalid_request");
    assertEquals(auth.db.calls, []);
  });
}

Deno.test("POST /auth/login spends an attempt of the address and of the Telegram user", async () => {
  const auth = createAuth();
  const body = { initData: signInitData(launchFields(SECONDS)) };
  await auth.post("/login", body, { "x-forwarded-for": "2001:DB8::7, 10.0.0.1" });
  await auth.post("/login", body, { "x-forwarded-for": "<script>" });
  await auth.post("/login", body);
  assertEquals(auth.taken.filter(({ name }) => name === "auth_address"), [
    { name: "auth_address", identifier: "2001:db8::7", limit: 6_000 },
    { name: "auth_address", identifier: "unknown", limit: 6_000 },
    { name: "auth_address", identifier: "unknown", limit: 6_000 },
  ]);
  const user = { name: "login", identifier: String(TELEGRAM_USER.id), limit: 60 };
  assertEquals(auth.taken.filter(({ name }) => name === "login"), [user, user, user]);
});

for (const name of ["auth_address", "login"]) {
  Deno.test(`POST /auth/login answers 429 when the limit ${name} is reached`, async () => {
    const auth = createAuth();
    auth.full.add(name);
    const response = await auth.post("/login", { initData: signInitData(launchFields(SECONDS)) });
    assertEquals(response.headers.get("retry-after"), "7");
    await assertError(response, 429, "rate_limited");
    assertEquals(auth.db.calls, []);
  });
}

Deno.test("POST /auth/login answers 500 and tells nothing when the database fails", async () => {
  const auth = createAuth({
    "login_user": () => {
      throw new Error('duplicate key value violates unique constraint "users_pkey"');
    },
  });
  const initData = signInitData(launchFields(SECONDS));
  const body = await assertError(await auth.post("/login", { initData }), 500, "internal");
  assert(!JSON.stringify(body).includes("duplicate"));
  assert(auth.runtime.lines.join().includes("users_pkey"));
});

Deno.test("POST /auth/refresh exchanges the token for the next of its line", async () => {
  const auth = createAuth();
  const response = await auth.post("/refresh", { "refresh_token": REFRESH_TOKEN });
  assertEquals(response.status, 200);
  const { access_token: accessToken, refresh_token: next, user } = await response.json();
  assertEquals(user, USER);
  assertEquals(await auth.accessTokens.verify(accessToken), {
    userId: USER.id,
    sessionId: SESSION,
  });
  assertMatch(next, /^0123456789[\w-]{33}$/);
  assertNotEquals(next, REFRESH_TOKEN);
  assertEquals(auth.db.calls, [{
    name: "refresh_session",
    args: {
      "refresh_token_hash": await sha256(REFRESH_TOKEN),
      "next_refresh_token_hash": await sha256(next),
      "attempts_per_minute": 60,
    },
  }]);
  assertEquals(auth.taken.map(({ name, identifier, limit }) => [name, identifier, limit]), [
    ["auth_address", "unknown", 6_000],
    ["refresh", "0123456789", 60],
  ]);
});

Deno.test("POST /auth/refresh answers an unknown and a reused token alike", async () => {
  const answers: string[] = [];
  for (const outcome of ["invalid", "reused"]) {
    const auth = createAuth({ "refresh_session": () => ({ outcome, user: null }) });
    const response = await auth.post("/refresh", { "refresh_token": REFRESH_TOKEN });
    answers.push((await assertError(response, 401, "invalid_refresh_token")).message);
    // The operator sees the difference.
    assertMatch(String(auth.runtime.logs[0]?.cause), new RegExp(outcome));
  }
  assertEquals(answers[0], answers[1]);
});

Deno.test("POST /auth/refresh answers 401 to what is no token of ours, without asking anybody", async () => {
  const auth = createAuth();
  for (const token of ["x", `${REFRESH_TOKEN}0`, REFRESH_TOKEN.replace("a", "\n")]) {
    const response = await auth.post("/refresh", { "refresh_token": token });
    await assertError(response, 401, "invalid_refresh_token");
  }
  assertEquals([auth.db.calls, auth.taken], [[], []]);
});

Deno.test("POST /auth/refresh answers 400 to a body without a token", async () => {
  const auth = createAuth();
  for (const body of ["", {}, { "refresh_token": null }, { "refresh_token": "x", more: 1 }]) {
    await assertError(await auth.post("/refresh", body), 400, "invalid_request");
  }
});

Deno.test("POST /auth/refresh answers 429 when the login's tokens are refreshed too often", async () => {
  const auth = createAuth();
  auth.full.add("refresh");
  const response = await auth.post("/refresh", { "refresh_token": REFRESH_TOKEN });
  await assertError(response, 429, "rate_limited");
  assertEquals(auth.db.calls, []);
});

Deno.test("POST /auth/refresh answers 429 when the user refreshes too often, over all sessions", async () => {
  const rate_limit = { allowed: false, limit: 60, remaining: 0, reset_seconds: 3 };
  const auth = createAuth({ "refresh_session": () => ({ outcome: "limited", rate_limit }) });
  const response = await auth.post("/refresh", { "refresh_token": REFRESH_TOKEN });
  await assertError(response, 429, "rate_limited");
  assertEquals(
    ["retry-after", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"]
      .map((name) => response.headers.get(name)),
    ["3", "60", "0", "3"],
  );
});

Deno.test("POST /auth/logout revokes the caller's session", async () => {
  const auth = createAuth();
  const { accessToken } = await auth.accessTokens.issue({ userId: USER.id, sessionId: SESSION });
  const response = await auth.post("/logout", "", { authorization: `Bearer ${accessToken}` });
  assertEquals([response.status, await response.text()], [204, ""]);
  assertEquals(auth.db.calls, [
    { name: "revoke_session", args: { "user_id": USER.id, "session_id": SESSION } },
  ]);
});

Deno.test("POST /auth/logout answers 401 without a good bearer token", async () => {
  const auth = createAuth();
  const { accessToken } = await auth.accessTokens.issue({ userId: USER.id, sessionId: SESSION });
  auth.runtime.advance(3_600_000);
  const headers = ["", "Bearer", "Bearer x.y.z", `Basic ${accessToken}`, `Bearer ${accessToken}`];
  for (const authorization of headers) {
    const response = await auth.post("/logout", "", { authorization });
    assertMatch(response.headers.get("www-authenticate") ?? "", /^Bearer/);
    await assertError(response, 401, "unauthorized");
  }
  assertEquals(auth.db.calls, []);
});

Deno.test("the auth function logs neither initData nor tokens", async () => {
  const auth = createAuth();
  const fields = launchFields(SECONDS);
  const login = await auth.post("/login", { initData: signInitData(fields) });
  const { access_token: accessToken, refresh_token: refreshToken } = await login.json();
  await auth.post("/refresh", { "refresh_token": refreshToken });
  await auth.post("/logout", "", { authorization: `Bearer ${accessToken}` });
  assertEquals(auth.runtime.logs.map(({ route, status }) => [route, status]), [
    ["/auth/login", 200],
    ["/auth/refresh", 200],
    ["/auth/logout", 204],
  ]);
  assertEquals(auth.runtime.logs[0]?.user_id, USER.id);
  const log = auth.runtime.lines.join("\n");
  const secrets = [hashOf(fields), accessToken, refreshToken, TELEGRAM_USER.username, BOT_TOKEN];
  for (const secret of secrets) assert(!log.includes(secret));
});
