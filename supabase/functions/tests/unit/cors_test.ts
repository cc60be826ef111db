/** Which pages may read the answers, and preflights. */
import { assertEquals, assertMatch } from "@std/assert";
import { corsHeaders } from "../../_shared/http/cors.ts";
import { AppError } from "../../_shared/http/errors.ts";
import { createRequestHandler, jsonResponse } from "../../_shared/http/request_handler.ts";
import { createFakeRuntime } from "../fakes.ts";

const APP = "https://app.example.com";

Deno.test("corsHeaders() allows every origin by a star", () => {
  const headers = corsHeaders("https://anywhere.example", "*");
  assertEquals(headers["access-control-allow-origin"], "*");
  assertEquals(headers.vary, undefined);
});

Deno.test("corsHeaders() repeats a listed origin and says that the answer depends on it", () => {
  const headers = corsHeaders(APP, ["https://other.example.com", APP]);
  assertEquals([headers["access-control-allow-origin"], headers.vary], [APP, "Origin"]);
  assertMatch(headers["access-control-expose-headers"] ?? "", /retry-after/);
});

Deno.test("corsHeaders() allows no origin that is not listed letter by letter", () => {
  for (
    const origin of [
      "https://evil.example",
      `${APP}.evil.example`,
      "null",
      "http://app.example.com",
      null,
    ]
  ) {
    assertEquals(corsHeaders(origin, [APP]), { vary: "Origin" });
  }
});

Deno.test("corsHeaders() never allows credentials", () => {
  for (const headers of [corsHeaders(APP, "*"), corsHeaders(APP, [APP])]) {
    assertEquals(headers["access-control-allow-credentials"], undefined);
  }
});

function createPage(corsOrigins: readonly string[] | null) {
  const handle = createRequestHandler({
    name: "thing",
    runtime: createFakeRuntime(),
    corsOrigins,
    routes: [{
      method: "POST",
      pattern: "/",
      handle: () => jsonResponse({}),
    }, {
      method: "GET",
      pattern: "/",
      handle: () => Promise.reject(new AppError("not_found", "Nothing")),
    }],
  });
  return (method: string, origin = APP) =>
    handle(new Request("https://project.supabase.co/thing", { method, headers: { origin } }));
}

Deno.test("a preflight of a listed origin is answered with the path's methods and our headers", async () => {
  const response = await createPage([APP])("OPTIONS");
  const { headers } = response;
  assertEquals([response.status, await response.text()], [204, ""]);
  assertEquals(headers.get("access-control-allow-origin"), APP);
  assertEquals(headers.get("access-control-allow-methods"), "POST, GET");
  const wanted = "authorization apikey content-type x-client-info idempotency-key if-none-match";
  const allowed = headers.get("access-control-allow-headers")?.split(", ") ?? [];
  assertEquals(wanted.split(" ").filter((name) => !allowed.includes(name)), []);
});

Deno.test("a preflight of another origin is answered without allowing it", async () => {
  const response = await createPage([APP])("OPTIONS", "https://evil.example");
  assertEquals(response.headers.get("access-control-allow-origin"), null);
});

Deno.test("errors can be read by a listed origin too", async () => {
  const response = await createPage([APP])("GET");
  assertEquals(response.status, 404);
  assertEquals(response.headers.get("access-control-allow-origin"), APP);
  assertEquals((await createPage([APP])("PUT")).headers.get("access-control-allow-origin"), APP);
});

Deno.test("a function for machines answers no preflight and allows no origin", async () => {
  const send = createPage(null);
  assertEquals((await send("OPTIONS")).status, 405);
  assertEquals((await send("POST")).headers.get("access-control-allow-origin"), null);
});
