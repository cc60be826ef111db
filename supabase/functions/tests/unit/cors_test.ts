/** Which pages may read the answers, and preflights. */
import { assertEquals, assertMatch } from "@std/assert";
import type { CorsOrigins } from "../../_shared/config/cors.ts";
import { createApp } from "../../_shared/http/app.ts";
import { AppError } from "../../_shared/http/errors.ts";
import { createFakeRuntime } from "../fakes.ts";

const APP = "https://app.example.com";

function createPage(corsOrigins: CorsOrigins | null) {
  const app = createApp({ name: "thing", runtime: createFakeRuntime(), corsOrigins });
  app.post("/", (c) => c.json({}));
  app.get("/", () => {
    throw new AppError("not_found", "Nothing");
  });
  app.delete("/:id", (c) => c.json({}));
  return async (method: string, { origin = APP, path = "/thing" } = {}) => {
    const init = { method, headers: { origin } };
    return await app.fetch(new Request(`https://project.supabase.co${path}`, init));
  };
}

function allowedOrigin({ headers }: Response): [origin: string | null, vary: string | null] {
  return [headers.get("access-control-allow-origin"), headers.get("vary")];
}

Deno.test("createApp() allows every origin by a star", async () => {
  const response = await createPage("*")("POST", { origin: "https://anywhere.example" });
  assertEquals(allowedOrigin(response), ["*", null]);
});

Deno.test("createApp() repeats a listed origin and says that the answer depends on it", async () => {
  const response = await createPage(["https://other.example.com", APP])("POST");
  assertEquals(allowedOrigin(response), [APP, "Origin"]);
  assertMatch(response.headers.get("access-control-expose-headers") ?? "", /, retry-after,/);
});

Deno.test("createApp() allows no origin that is not listed letter by letter", async () => {
  const others = ["https://evil.example", `${APP}.evil.example`, "null", "http://app.example.com"];
  for (const origin of [...others, ""]) {
    const response = await createPage([APP])("POST", { origin });
    assertEquals(allowedOrigin(response), [null, "Origin"]);
  }
});

Deno.test("createApp() never allows credentials", async () => {
  for (const origins of ["*", [APP]] as const) {
    for (const method of ["POST", "OPTIONS"]) {
      const { headers } = await createPage(origins)(method);
      assertEquals(headers.get("access-control-allow-credentials"), null);
    }
  }
});

Deno.test("a preflight of a listed origin is answered with the path's methods and our headers", async () => {
  const response = await createPage([APP])("OPTIONS");
  const { headers } = response;
  assertEquals([response.status, await response.text()], [204, ""]);
  assertEquals(headers.get("access-control-allow-origin"), APP);
  assertEquals(headers.get("access-control-allow-methods"), "POST, GET");
  const wanted = "authorization apikey content-type x-client-info idempotency-key if-none-match";
  const allowed = headers.get("access-control-allow-headers")?.split(", ") ?? [];
  assertEquals(wanted.split(" ").filter((name) => !allowed.includes(name)), []);
  const other = await createPage([APP])("OPTIONS", { path: "/thing/7" });
  assertEquals(other.headers.get("access-control-allow-methods"), "DELETE");
});

Deno.test("a preflight of an address that has nothing is 404", async () => {
  assertEquals((await createPage([APP])("OPTIONS", { path: "/thing/7/8" })).status, 404);
});

Deno.test("a preflight of another origin is answered without allowing it", async () => {
  const response = await createPage([APP])("OPTIONS", { origin: "https://evil.example" });
  assertEquals(response.headers.get("access-control-allow-origin"), null);
});

Deno.test("errors can be read by a listed origin too", async () => {
  const response = await createPage([APP])("GET");
  assertEquals([response.status, allowedOrigin(response)], [404, [APP, "Origin"]]);
  assertEquals(allowedOrigin(await createPage([APP])("PUT")), [APP, "Origin"]);
});

Deno.test("a function for machines answers no preflight and allows no origin", async () => {
  const send = createPage(null);
  const preflight = await send("OPTIONS");
  assertEquals([preflight.status, preflight.headers.get("allow")], [405, "POST, GET, HEAD"]);
  assertEquals((await send("POST")).headers.get("access-control-allow-origin"), null);
});
