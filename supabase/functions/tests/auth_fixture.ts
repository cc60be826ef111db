/** The auth function on fakes, and what its tests assert of every error. */
import { assertEquals } from "@std/assert";
import { createAccessTokens } from "../_shared/auth/access_token.ts";
import { createAuthApp } from "../auth/handler.ts";
import { assertDescribed } from "./described.ts";
import { createFakeRpcClient, createFakeRuntime } from "./fakes.ts";
import { BOT_TOKEN, TELEGRAM_USER } from "./init_data.ts";

/** What the function signs access tokens with. */
export const JWT_SECRET = "a-secret-of-the-tests-with-more-than-32-characters";

/** The user every fake login gives. */
export const USER = {
  id: "5c8f4f0e-9d2b-4b53-9a3e-0d8d9a4d7c11",
  "telegram_id": TELEGRAM_USER.id,
  "first_name": "Владислав",
  username: "vdkfrost",
  credits: 20,
};
/** The session every fake login opens. */
export const SESSION = "0b0f2a0c-7f61-4c3c-8f5e-b3f2f3a4f7d2";

/** The function on fakes; `taken` is what the limiter was asked for, `full` the buckets that are empty. */
export function createAuth(rpcs: Parameters<typeof createFakeRpcClient>[0] = {}) {
  const runtime = createFakeRuntime();
  const db = createFakeRpcClient({
    "login_user": () => ({ user: { ...USER, secret: "of the row" }, "session_id": SESSION }),
    "refresh_session": () => ({ outcome: "refreshed", user: USER, "session_id": SESSION }),
    "revoke_session": () => null,
    ...rpcs,
  });
  const taken: { name: string; identifier: string; limit: number }[] = [];
  const full = new Set<string>();
  const accessTokens = createAccessTokens({
    key: { algorithm: "HS256", secret: JWT_SECRET },
    supabaseUrl: "https://project.supabase.co",
    now: runtime.now,
  });
  const app = createAuthApp({
    runtime,
    db,
    accessTokens,
    refreshKey: { algorithm: "HS256", secret: JWT_SECRET },
    corsOrigins: "*",
    telegram: { botToken: BOT_TOKEN, maxAgeSeconds: 3600 },
    limiter: {
      take(rule) {
        taken.push(rule);
        const allowed = !full.has(rule.name);
        const decision = { allowed, limit: rule.limit, remaining: 0, resetSeconds: 7 };
        return Promise.resolve(decision);
      },
    },
  });
  async function handle(request: Request): Promise<Response> {
    const response = await app.fetch(request);
    await assertDescribed(
      { method: request.method, path: new URL(request.url).pathname },
      response,
    );
    return response;
  }
  function post(path: string, body: unknown, headers: HeadersInit = {}): Promise<Response> {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const url = `https://project.supabase.co/auth${path}`;
    return handle(new Request(url, { method: "POST", body: text, headers }));
  }
  return { runtime, db, taken, full, accessTokens, handle, post };
}

/** Asserts an error answer of the contract; gives its body. */
export async function assertError(response: Response, status: number, code: string) {
  const body = await response.json();
  assertEquals([response.status, body.code], [status, code]);
  assertEquals(body.request_id, response.headers.get("x-request-id"));
  assertEquals(Object.keys(body).sort(), ["code", "message", "request_id"]);
  return body;
}
