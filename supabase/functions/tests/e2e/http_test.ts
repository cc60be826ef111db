// Sessions, CORS and request ids over HTTP, through the gateway and the functions' own processes.
import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { decodeJwt } from "jose";
import { signInitData } from "../../../../scripts/demo/sign_init_data.ts";
import { required } from "../required.ts";
import { until } from "../until.ts";
import { startWholeStack, type WholeStack } from "./whole_stack.ts";

let stack: WholeStack;

Deno.test.beforeAll(async () => {
  stack = await startWholeStack();
});
Deno.test.afterAll(() => stack?.stop());

/** Asserts status and code, the shape of every error, and the id in body and header; gives the message. */
async function assertRefused(response: Response, status: number, code: string): Promise<string> {
  const body = await response.json();
  assertEquals([response.status, body.code], [status, code]);
  assertEquals(Object.keys(body).sort(), ["code", "message", "request_id"]);
  assertEquals(body.request_id, response.headers.get("x-request-id"));
  assert(!/select |stack|at file|postgres/i.test(body.message), body.message);
  return body.message;
}

function post(path: string, body: unknown, token?: string): Promise<Response> {
  return stack.call(path, { method: "POST", body, ...(token && { token }) });
}

Deno.test("login, refresh and logout over HTTP: tokens rotate, and end together", async () => {
  const botToken = stack.variables.TELEGRAM_BOT_TOKEN ?? "";
  const user = { id: 77, first_name: "Ada", username: "ada" };
  const initData = await signInitData({ botToken, user });
  const response = await post("auth/login", { initData });
  assertEquals(response.status, 200);
  const { access_token: token, refresh_token: first, ...login } = await response.json();
  assertEquals(login, {
    token_type: "bearer",
    expires_in: 3600,
    expires_at: login.expires_at,
    user: {
      id: login.user.id,
      telegram_id: 77,
      first_name: "Ada",
      username: "ada",
      credits: 20,
    },
  });
  const claims = decodeJwt(token);
  assertEquals([claims.sub, claims.role, claims.aud, claims.exp], [
    login.user.id,
    "authenticated",
    "authenticated",
    login.expires_at,
  ]);
  assertEquals((await stack.call("generation", { token })).status, 200);

  const refreshed = await (await post("auth/refresh", { refresh_token: first })).json();
  assertEquals(Object.keys(refreshed).sort(), [
    "access_token",
    "expires_at",
    "expires_in",
    "refresh_token",
    "token_type",
    "user",
  ]);
  assertNotEquals(refreshed.refresh_token, first);
  assertEquals(decodeJwt(refreshed.access_token).session_id, claims.session_id);

  const logout = await post("auth/logout", undefined, refreshed.access_token);
  assertEquals([logout.status, await logout.text()], [204, ""]);
  for (const ended of [token, refreshed.access_token]) {
    await assertRefused(await stack.call("generation", { token: ended }), 401, "unauthorized");
  }
  const again = await post("auth/refresh", { refresh_token: refreshed.refresh_token });
  await assertRefused(again, 401, "invalid_refresh_token");
  // The same person logs in anew: the same user, no second grant.
  const next = await (await post("auth/login", { initData })).json();
  assertEquals([next.user.id, next.user.credits], [login.user.id, 20]);
});

Deno.test("a refresh token that comes three times at once, and again, gives sessions that work", async () => {
  const account = await stack.logIn();
  const token = { refresh_token: account.refreshToken };
  const answers = await Promise.all([1, 2, 3].map(() => post("auth/refresh", token)));
  answers.push(await post("auth/refresh", token));
  const successors = new Set<string>();
  for (const answer of answers) {
    assertEquals(answer.status, 200);
    const { access_token, refresh_token } = await answer.json();
    successors.add(refresh_token);
    assertEquals((await stack.call("generation", { token: access_token })).status, 200);
  }
  assertEquals(successors.size, 1);
  const [refresh_token] = successors;
  assertEquals((await post("auth/refresh", { refresh_token })).status, 200);
});

Deno.test("a refresh token that comes again half a minute later ends the session, also for its thief", async () => {
  const account = await stack.logIn();
  const other = await stack.logIn(account.telegramId);
  const spent = { refresh_token: account.refreshToken };
  const next = await (await post("auth/refresh", spent)).json();
  await stack.sql`
    update private.refresh_tokens set spent_at = spent_at - interval '31 seconds' where spent_at is not null`;
  await assertRefused(await post("auth/refresh", spent), 401, "invalid_refresh_token");
  const successor = { refresh_token: next.refresh_token };
  await assertRefused(await post("auth/refresh", successor), 401, "invalid_refresh_token");
  for (const token of [account.token, next.access_token]) {
    await assertRefused(await stack.call("generation", { token }), 401, "unauthorized");
  }
  // The user's other session is untouched.
  assertEquals((await stack.call("generation", { token: other.token })).status, 200);
});

Deno.test("login refuses what Telegram did not sign, or too long ago, and what is no login", async () => {
  const botToken = stack.variables.TELEGRAM_BOT_TOKEN ?? "";
  const user = { id: 78, first_name: "Eve" };
  const good = await signInitData({ botToken, user });
  const now = Math.floor(Date.now() / 1000);
  const cases: [body: unknown, status: number, code: string][] = [
    [{ initData: good.replace("78", "79") }, 401, "invalid_init_data"],
    [
      { initData: await signInitData({ botToken: `${botToken}x`, user }) },
      401,
      "invalid_init_data",
    ],
    [
      { initData: await signInitData({ botToken, user, authDate: now - 90_000 }) },
      401,
      "expired_init_data",
    ],
    [
      { initData: await signInitData({ botToken, user, authDate: now + 400 }) },
      401,
      "invalid_init_data",
    ],
    [{ initData: "" }, 400, "invalid_request"],
    [{}, 400, "invalid_request"],
    ["no json", 400, "invalid_request"],
    [{ initData: "x".repeat(5000) }, 400, "invalid_request"],
  ];
  for (const [body, status, code] of cases) {
    await assertRefused(await post("auth/login", body), status, code);
  }
  assertEquals([...await stack.sql`select * from public.users where telegram_id in (78, 79)`], []);
  for (const token of ["", "x".repeat(43), 7]) {
    const refused = await post("auth/refresh", { refresh_token: token });
    assert(refused.status === 400 || refused.status === 401, `status ${refused.status}`);
    await refused.body?.cancel();
  }
});

const ROUTES = ["auth/login", "auth/refresh", "auth/logout", "generation", "generation/x"];

Deno.test("a preflight allows what supabase-js and the contract send, on every route", async () => {
  for (const path of ROUTES) {
    const response = await stack.call(path, {
      method: "OPTIONS",
      headers: {
        "origin": "https://app.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization, idempotency-key",
      },
    });
    assertEquals([response.status, await response.text()], [204, ""], path);
    assertEquals(response.headers.get("access-control-allow-origin"), "*");
    const allowed = response.headers.get("access-control-allow-headers")?.split(", ") ?? [];
    const needed = ["authorization", "apikey", "content-type", "x-client-info", "idempotency-key"];
    for (const header of needed) assert(allowed.includes(header), `${path}: ${header}`);
    const methods = required(response.headers.get("access-control-allow-methods"));
    assertMatch(methods, path === "generation/x" ? /DELETE/ : /POST/);
    assertEquals(response.headers.get("access-control-allow-credentials"), null);
  }
});

Deno.test("answers, refusals too, may be read by the page with the contract's headers", async () => {
  const account = await stack.logIn();
  const accepted = await stack.submit(account);
  for (const response of [accepted, await stack.call("generation")]) {
    await response.body?.cancel();
    assertEquals(response.headers.get("access-control-allow-origin"), "*");
    const exposed = response.headers.get("access-control-expose-headers") ?? "";
    for (const header of ["x-request-id", "retry-after", "ratelimit-remaining", "location"]) {
      assert(exposed.includes(header), header);
    }
  }
});

Deno.test("a request id is kept when it is one, made when it is none, and stands in the log", async () => {
  const given = `test-${crypto.randomUUID()}`;
  const kept = await stack.call("generation", { headers: { "x-request-id": given } });
  assertEquals(kept.headers.get("x-request-id"), given);
  await assertRefused(kept, 401, "unauthorized");
  await until("the id stands in the log", () => stack.logs.some((line) => line.includes(given)));
  const made = new Set<string>();
  for (const id of [undefined, "with space and more", "x".repeat(65)]) {
    const response = await stack.call("generation", id ? { headers: { "x-request-id": id } } : {});
    await response.body?.cancel();
    const own = required(response.headers.get("x-request-id"));
    assertMatch(own, /^[0-9a-f]{32}$/);
    made.add(own);
  }
  assertEquals(made.size, 3);
});

Deno.test("a wrong method is 405 with Allow, a wrong path 404, for every function", async () => {
  for (const path of ["auth/login", "generation", "worker"]) {
    const response = await stack.call(path, { method: "PATCH" });
    assertMatch(required(response.headers.get("allow")), /POST/);
    await assertRefused(response, 405, "method_not_allowed");
  }
  for (const path of ["auth", "auth/login/x", "generation/a/b", "worker/x"]) {
    await assertRefused(await stack.call(path), 404, "not_found");
  }
});

Deno.test("the worker is rung by its secret alone, whatever the body", async () => {
  const { variables } = stack;
  const { token } = await stack.logIn();
  const wrong = [
    {},
    { apikey: "" },
    { apikey: variables.SUPABASE_PUBLISHABLE_KEY },
    { apikey: variables.SUPABASE_SECRET_KEY },
    { authorization: `Bearer ${variables.WORKER_SECRET}` },
    { authorization: `Bearer ${token}` },
  ];
  for (const headers of wrong as Record<string, string>[]) {
    const response = await stack.call("worker", { method: "POST", headers });
    await assertRefused(response, 401, "unauthorized");
  }
  const headers = { apikey: variables.WORKER_SECRET ?? "" };
  for (const body of [undefined, "{}", "no json", "x".repeat(200_000)]) {
    const response = await stack.call("worker", { method: "POST", headers, body });
    assertEquals([response.status, await response.json()], [202, { accepted: true }]);
  }
  // No page has any business there.
  const preflight = await stack.call("worker", { method: "OPTIONS" });
  await preflight.body?.cancel();
  assertEquals(preflight.headers.get("access-control-allow-origin"), null);
  assert(preflight.status >= 400);
});
