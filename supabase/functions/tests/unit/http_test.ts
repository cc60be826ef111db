/** The outermost wrapper: ids, routes, errors, the one log line; and reading bodies. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { AppError } from "../../_shared/http/errors.ts";
import {
  createRequestHandler,
  jsonResponse,
  readJson,
  readJsonObject,
  type RequestContext,
  type Route,
} from "../../_shared/http/request_handler.ts";
import { createFakeRuntime } from "../fakes.ts";

const BASE = "https://project.supabase.co";

function createThing(handle: Route<RequestContext>["handle"]) {
  const runtime = createFakeRuntime();
  const handler = createRequestHandler({
    name: "thing",
    runtime,
    corsOrigins: ["https://app.example.com"],
    routes: [
      { method: "GET", pattern: "/", handle },
      { method: "GET", pattern: "/{id}", handle },
      { method: "DELETE", pattern: "/{id}", handle },
    ],
  });
  const send = (path: string, init: RequestInit = {}) => handler(new Request(BASE + path, init));
  return { runtime, send };
}

function echo({ params, url }: RequestContext): Response {
  return jsonResponse({ ...params, search: url.search });
}

Deno.test("createRequestHandler() routes by what follows the function's name", async () => {
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

Deno.test("createRequestHandler() answers 404 to every other path", async () => {
  const { send } = createThing(echo);
  const paths = ["/", "/things", "/thing/7/8", "/thing//7", "/other/7", "/v1/thing", "/thing/%ff"];
  for (const path of paths) {
    const response = await send(path);
    assertEquals([path, response.status], [path, 404]);
    assertEquals((await response.json()).code, "not_found");
  }
});

Deno.test("createRequestHandler() names the allowed methods of a path in a 405", async () => {
  const { send } = createThing(echo);
  const response = await send("/thing/7", { method: "POST", body: "{}" });
  assertEquals(response.status, 405);
  assertEquals(response.headers.get("allow"), "GET, DELETE, OPTIONS");
  assertEquals((await response.json()).code, "method_not_allowed");
  assertEquals((await send("/thing", { method: "DELETE" })).headers.get("allow"), "GET, OPTIONS");
});

Deno.test("createRequestHandler() repeats a sane request id and replaces any other", async () => {
  const { send } = createThing(echo);
  const idFor = async (given: string) =>
    (await send("/thing", { headers: { "x-request-id": given } })).headers.get("x-request-id");
  assertEquals(await idFor("Req-0123456789"), "Req-0123456789");
  assertEquals(await idFor("a".repeat(64)), "a".repeat(64));
  for (const bad of ["short", "a".repeat(65), "a b c d e f g", '"injected":1', "söme-text-here"]) {
    assertMatch(await idFor(bad) ?? "", /^[0-9a-f]{32}$/);
  }
  const made = await Promise.all([send("/thing"), send("/thing")]);
  assertEquals(new Set(made.map(({ headers }) => headers.get("x-request-id"))).size, 2);
});

Deno.test("createRequestHandler() answers an AppError as it says itself", async () => {
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

Deno.test("createRequestHandler() tells a client nothing of an unknown error, and the log its cause", async () => {
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

Deno.test("createRequestHandler() does not send the message of an internal AppError", async () => {
  const { send, runtime } = createThing(() =>
    Promise.reject(new AppError("internal", "Disk full"))
  );
  assert(!(await (await send("/thing")).text()).includes("Disk full"));
  assertMatch(runtime.lines.join(), /Disk full/);
});

Deno.test("createRequestHandler() says when to come again after a failure that may pass by itself", async () => {
  const error = new AppError("internal", "Cannot use the database", { retryable: true });
  const passing = createThing(() => Promise.reject(error));
  assertEquals((await passing.send("/thing")).headers.get("retry-after"), "2");
  const lasting = createThing(() => Promise.reject(new AppError("internal", "Broken")));
  assertEquals((await lasting.send("/thing")).headers.get("retry-after"), null);
});

Deno.test("createRequestHandler() answers 500 even when what is thrown is no error", async () => {
  const { send } = createThing(() => Promise.reject(undefined));
  const response = await send("/thing");
  assertEquals([response.status, (await response.json()).code], [500, "internal"]);
});

Deno.test("createRequestHandler() writes one line a request, without path, query, headers or body", async () => {
  const { send, runtime } = createThing((context) => {
    context.note({ "user_id": "user-1" });
    runtime.advance(25);
    return jsonResponse({ answer: "confidential-answer" });
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
    route: "/thing/{id}",
    "user_id": "user-1",
    status: 200,
    ms: 25,
  }]);
});

Deno.test("createRequestHandler() keeps a handler's headers and empty body", async () => {
  const headers = { etag: '"3"', vary: "Accept" };
  const { send } = createThing(() => new Response(null, { status: 304, headers }));
  const response = await send("/thing");
  assertEquals([response.status, response.headers.get("etag"), response.body], [304, '"3"', null]);
  assertEquals(response.headers.get("vary"), "Accept, Origin");
});

Deno.test("jsonResponse() is not cached unless it says so", () => {
  assertEquals(jsonResponse({}).headers.get("cache-control"), "no-store");
  const cached = jsonResponse({}, { status: 202, headers: { "cache-control": "private" } });
  assertEquals([cached.status, cached.headers.get("cache-control")], [202, "private"]);
});

function requestOf(body: BodyInit | null, headers: HeadersInit = {}): Request {
  return new Request(BASE, { method: "POST", body, headers });
}

async function assertBodyRefused(read: () => Promise<unknown>, code: string): Promise<AppError> {
  const error = await assertRejects(read, AppError);
  assertEquals(error.code, code);
  return error;
}

Deno.test("readJson() reads a body as long as the bound, in bytes", async () => {
  assertEquals(await readJson(requestOf('"éé"'), 6), "éé");
  await assertBodyRefused(() => readJson(requestOf('"éé"'), 5), "payload_too_large");
});

Deno.test("readJson() stops reading a body without length once it is too long", async () => {
  let sent = 0;
  let cancelled = false;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent++;
      controller.enqueue(new Uint8Array(1_000));
    },
    cancel() {
      cancelled = true;
    },
  }, { highWaterMark: 0 });
  await assertBodyRefused(() => readJson(requestOf(endless), 2_500), "payload_too_large");
  assertEquals([sent, cancelled], [3, true]);
});

Deno.test("readJson() refuses a length announced as too great without reading", async () => {
  const request = requestOf("{}", { "content-length": "5000" });
  await assertBodyRefused(() => readJson(request, 4_096), "payload_too_large");
  assertEquals(request.bodyUsed, false);
});

Deno.test("readJson() refuses what is no JSON in UTF-8, and does not quote it", async () => {
  const bodies = [
    "",
    " ",
    "{",
    "confidential",
    "{'a':1}",
    "{} {}",
    new Uint8Array([0x22, 0xff, 0x22]),
  ];
  for (const body of [...bodies, null]) {
    const error = await assertBodyRefused(() => readJson(requestOf(body), 100), "invalid_request");
    assert(!`${error.message}${error.cause}`.includes("confidential"));
  }
});

Deno.test("readJson() refuses a body that breaks off", async () => {
  const broken = new ReadableStream({
    start: (controller) => controller.error(new Error("Connection reset")),
  });
  await assertBodyRefused(() => readJson(requestOf(broken), 100), "invalid_request");
});

Deno.test("readJsonObject() gives an object of known fields and refuses everything else", async () => {
  const read = (body: string) =>
    readJsonObject(requestOf(body), { maxBytes: 100, fields: ["size", "prompt"] });
  assertEquals(await read('{"size":1}'), { size: 1 });
  assertEquals(await read("{}"), {});
  for (const body of ["[]", "null", '"a"', "1", '{"size":1,"n":4}', '{"__proto__":{}}']) {
    await assertBodyRefused(() => read(body), "invalid_request");
  }
});
