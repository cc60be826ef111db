/** The base of every function's app: ids, routes, errors, the one log line. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Handler } from "hono";
import { type BaseEnv, createApp } from "../../_shared/http/app.ts";
import { AppError } from "../../_shared/http/errors.ts";
import { createFakeRuntime } from "../fakes.ts";

const BASE = "https://project.supabase.co";

function createThing(handle: Handler<BaseEnv>) {
  const runtime = createFakeRuntime();
  const app = createApp({ name: "thing", runtime, corsOrigins: ["https://app.example.com"] });
  app.get("/", handle);
  app.get("/:id", handle);
  app.delete("/:id", handle);
  const send = async (path: string, init: RequestInit = {}) =>
    await app.fetch(new Request(BASE + path, init));
  return { runtime, send };
}

const echo: Handler<BaseEnv> = (c) =>
  c.json({ ...c.req.param() as object, search: new URL(c.req.url).search });

Deno.test("createApp() routes by what follows the function's name", async () => {
  const { send } = createThing(echo);
  const found: [string, Record<string, string>][] = [
    ["/thing", { search: "" }],
    ["/thing/", { search: "" }],
    ["/thing?limit=2", { search: "?limit=2" }],
    ["/thing/7", { id: "7", search: "" }],
    ["/thing/7/", { id: "7", search: "" }],
    ["/thing/a%20b", { id: "a b", search: "" }],
    ["/functions/v1/thing", { search: "" }],
    ["/functions/v1/thing/7", { id: "7", search: "" }],
    ["/thing/thing", { id: "thing", search: "" }],
  ];
  for (const [path, body] of found) {
    const response = await send(path);
    assertEquals([path, response.status, await response.json()], [path, 200, body]);
  }
});

Deno.test("createApp() answers 404 to every other path", async () => {
  const { send } = createThing(echo);
  const paths = ["/", "/things", "/thing/7/8", "/thing//7", "/other/7", "/v1/thing"];
  for (const path of paths) {
    const response = await send(path);
    assertEquals([path, response.status], [path, 404]);
    assertEquals((await response.json()).code, "not_found");
  }
});

Deno.test("createApp() names the allowed methods of a path in a 405", async () => {
  const { send } = createThing(echo);
  const response = await send("/thing/7", { method: "POST", body: "{}" });
  assertEquals(response.status, 405);
  assertEquals(response.headers.get("allow"), "GET, HEAD, DELETE, OPTIONS");
  assertEquals((await response.json()).code, "method_not_allowed");
  assertEquals(
    (await send("/thing", { method: "DELETE" })).headers.get("allow"),
    "GET, HEAD, OPTIONS",
  );
});

Deno.test("createApp() repeats a sane request id and replaces any other", async () => {
  const { send } = createThing(echo);
  const idFor = async (given: string) =>
    (await send("/thing", { headers: { "x-request-id": given } })).headers.get("x-request-id");
  assertEquals(await idFor("Req-0123456789"), "Req-0123456789");
  assertEquals(await idFor("a".repeat(64)), "a".repeat(64));
  for (const bad of ["a".repeat(65), "a b c d e f g", '"injected":1', "söme-text-here"]) {
    assertMatch(await idFor(bad) ?? "", /^[0-9a-f]{32}$/);
  }
  const made = await Promise.all([send("/thing"), send("/thing")]);
  assertEquals(new Set(made.map(({ headers }) => headers.get("x-request-id"))).size, 2);
});

Deno.test("createApp() answers an AppError as it says itself", async () => {
  const { send, runtime } = createThing(() => {
    throw new AppError("rate_limited", "Wait", { headers: { "retry-after": "7" }, cause: "why" });
  });
  const response = await send("/thing", { headers: { "x-request-id": "req-00001" } });
  assertEquals([response.status, response.headers.get("retry-after")], [429, "7"]);
  assertEquals(await response.json(), {
    code: "rate_limited",
    message: "Wait",
    "request_id": "req-00001",
  });
  assertEquals(runtime.logs.map(({ level, code, error }) => [level, code, error]), [
    ["info", "rate_limited", undefined],
  ]);
});

Deno.test("createApp() tells a client nothing of an unknown error, and the log its cause", async () => {
  const { send, runtime } = createThing(() => {
    throw new TypeError("relation private.sessions", { cause: new Error("the cause of it") });
  });
  const response = await send("/thing/7");
  const text = await response.text();
  assertEquals([response.status, JSON.parse(text).code], [500, "internal"]);
  assert(!/relation|cause|TypeError|at /.test(JSON.parse(text).message));
  const [line] = runtime.logs;
  assertEquals(line?.level, "error");
  assertMatch(JSON.stringify(line), /relation private\.sessions.*the cause of it/);
});

Deno.test("createApp() does not send the message of an internal AppError", async () => {
  const { send, runtime } = createThing(() =>
    Promise.reject(new AppError("internal", "Disk full"))
  );
  assert(!(await (await send("/thing")).text()).includes("Disk full"));
  assertMatch(runtime.lines.join(), /Disk full/);
});

Deno.test("createApp() says when to come again after a failure that may pass by itself", async () => {
  const error = new AppError("internal", "Cannot use the database", { retryable: true });
  const passing = createThing(() => Promise.reject(error));
  assertEquals((await passing.send("/thing")).headers.get("retry-after"), "2");
  const lasting = createThing(() => Promise.reject(new AppError("internal", "Broken")));
  assertEquals((await lasting.send("/thing")).headers.get("retry-after"), null);
});

Deno.test("createApp() answers 500 even when what is thrown is no error", async () => {
  const { send } = createThing(() => Promise.reject(undefined));
  const response = await send("/thing");
  assertEquals([response.status, (await response.json()).code], [500, "internal"]);
});

Deno.test("createApp() writes one line a request, without path, query, headers or body", async () => {
  const { send, runtime } = createThing((c) => {
    c.get("note")({ "user_id": "user-1" });
    runtime.advance(25);
    return c.json({ answer: "confidential-answer" });
  });
  await send("/thing/private-id?secret=confidential", {
    headers: { "x-request-id": "req-00001", authorization: "Bearer confidential-token" },
  });
  assertEquals(runtime.logs, [{
    time: "2026-11-23T12:00:00.025Z",
    level: "info",
    event: "request",
    function: "thing",
    "request_id": "req-00001",
    method: "GET",
    route: "/thing/:id",
    "user_id": "user-1",
    status: 200,
    ms: 25,
  }]);
});

Deno.test("createApp() keeps a handler's headers and empty body", async () => {
  const headers = { etag: '"3"', vary: "Accept" };
  const { send } = createThing(() => new Response(null, { status: 304, headers }));
  const response = await send("/thing");
  assertEquals([response.status, response.headers.get("etag"), response.body], [304, '"3"', null]);
  assertEquals(response.headers.get("vary"), "Accept, Origin");
});

Deno.test("createApp() has answers not cached unless they say so", async () => {
  const plain = createThing((c) => c.json({}));
  assertEquals((await plain.send("/thing")).headers.get("cache-control"), "no-store");
  const kept = createThing((c) => c.json({}, 202, { "cache-control": "private" }));
  const response = await kept.send("/thing");
  assertEquals([response.status, response.headers.get("cache-control")], [202, "private"]);
});

Deno.test("createApp() answers HEAD as GET, without the body", async () => {
  const { send, runtime } = createThing(echo);
  const response = await send("/thing/7", { method: "HEAD" });
  assertEquals([response.status, await response.text()], [200, ""]);
  assertMatch(response.headers.get("content-type") ?? "", /json/);
  assertEquals(runtime.logs.map(({ method, route }) => [method, route]), [["HEAD", "/thing/:id"]]);
});
