// The gateway: where requests go, and what a browser of another origin may do.
import { assertEquals, assertThrows } from "@std/assert";
import { createClient } from "@supabase/supabase-js";
import { type GatewayOptions, startGateway } from "../gateway.ts";

/** A gateway whose parts tell what reached them. */
function startTestGateway(options: Partial<GatewayOptions> = {}) {
  const told = (part: string) => (request: Request) =>
    Promise.resolve(Response.json({ part, path: new URL(request.url).pathname }));
  const gateway = startGateway({
    port: 0,
    dataApi: { fetch: told("dataApi") },
    realtime: { handle: told("realtime") },
    functions: {
      names: ["hello"],
      fetch: (name, request, address) =>
        Promise.resolve(
          Response.json({ part: name, path: new URL(request.url).pathname, address }),
        ),
    },
    ...options,
  });
  return { ...gateway, [Symbol.asyncDispose]: () => gateway.close() };
}

Deno.test("startGateway routes by path", async () => {
  await using gateway = startTestGateway();
  const answer = async (path: string) => await (await fetch(gateway.url + path)).json();
  assertEquals(await answer("/rest/v1/notes?select=id"), {
    part: "dataApi",
    path: "/rest/v1/notes",
  });
  assertEquals(await answer("/realtime/v1/api"), { part: "realtime", path: "/realtime/v1/api" });
  assertEquals(await answer("/functions/v1/hello/a"), {
    part: "hello",
    path: "/functions/v1/hello/a",
    address: "127.0.0.1",
  });
  assertEquals((await answer("/auth/v1/health")).name, "gateway");
});

Deno.test("startGateway answers 404 where nothing is", async () => {
  await using gateway = startTestGateway();
  for (const path of ["/", "/x", "/storage/v1/object", "/auth/v1/token", "/rest/v2/notes"]) {
    const answer = await fetch(gateway.url + path);
    assertEquals([path, answer.status], [path, 404]);
    assertEquals(await answer.json(), { message: "no Route matched with those values" });
  }
  const unknown = await fetch(`${gateway.url}/functions/v1/nobody`, { method: "POST" });
  assertEquals([unknown.status, (await unknown.json()).code], [404, "NOT_FOUND"]);
});

Deno.test("startGateway asks the page for other paths", async () => {
  await using gateway = startTestGateway({
    page: (request) =>
      new URL(request.url).pathname === "/" ? new Response("<h1>Mini App</h1>") : undefined,
  });
  assertEquals(await (await fetch(gateway.url)).text(), "<h1>Mini App</h1>");
  const missing = await fetch(`${gateway.url}/missing`);
  assertEquals([missing.status, await missing.json()], [404, {
    message: "no Route matched with those values",
  }]);
});

Deno.test("startGateway shows the public keys of session tokens", async () => {
  const jwks = { keys: [{ kty: "EC", kid: "k1", crv: "P-256", x: "x", y: "y" }] };
  await using gateway = startTestGateway({ jwks });
  const path = "/auth/v1/.well-known/jwks.json";
  assertEquals(await (await fetch(gateway.url + path)).json(), jwks);
  await using bare = startTestGateway();
  assertEquals(await (await fetch(bare.url + path)).json(), { keys: [] });
});

Deno.test("startGateway lets a page of any origin use the Data API", async () => {
  await using gateway = startTestGateway();
  const url = `${gateway.url}/rest/v1/notes`;
  const preflight = await fetch(url, {
    method: "OPTIONS",
    headers: {
      origin: "https://mini.app",
      "access-control-request-method": "PATCH",
      "access-control-request-headers": "apikey,x-client-info",
    },
  });
  await preflight.body?.cancel();
  assertEquals(preflight.status, 200);
  assertEquals(preflight.headers.get("access-control-allow-origin"), "*");
  assertEquals(preflight.headers.get("access-control-allow-headers"), "apikey,x-client-info");
  assertEquals(preflight.headers.get("access-control-allow-methods")?.includes("PATCH"), true);
  const answer = await fetch(url, { headers: { origin: "https://mini.app" } });
  assertEquals((await answer.json()).part, "dataApi");
  assertEquals(answer.headers.get("access-control-allow-origin"), "*");
  const exposed = answer.headers.get("access-control-expose-headers") ?? "";
  assertEquals(exposed.split(", ").includes("Content-Range"), true);
});

Deno.test("startGateway leaves preflights of functions to the functions", async () => {
  const seen: string[] = [];
  await using gateway = startTestGateway({
    functions: {
      names: ["hello"],
      fetch: (_, request) => {
        seen.push(request.method);
        return Promise.resolve(new Response(null, { status: 204 }));
      },
    },
  });
  const answer = await fetch(`${gateway.url}/functions/v1/hello`, { method: "OPTIONS" });
  assertEquals([answer.status, seen], [204, ["OPTIONS"]]);
  assertEquals(answer.headers.get("access-control-allow-origin"), null);
});

Deno.test("startGateway passes supabase-js's requests and the Data API's refusals on", async () => {
  await using gateway = startTestGateway({
    dataApi: {
      async fetch(request) {
        const { apikey, prefer } = Object.fromEntries(request.headers);
        const seen = [request.method, new URL(request.url).search, apikey, prefer];
        const body = {
          code: "X",
          message: seen.join(" "),
          details: await request.text(),
          hint: "",
        };
        return Response.json(body, { status: 409 });
      },
    },
  });
  const client = createClient(gateway.url, "sb_publishable_test");
  const { error, status } = await client.from("notes").insert({ title: "ü" }, { count: "exact" });
  assertEquals(status, 409);
  assertEquals(error?.message, "POST  sb_publishable_test count=exact");
  assertEquals(error?.details, '{"title":"ü"}');
});

Deno.test("startGateway names the taken port and the way out", async () => {
  await using gateway = startTestGateway();
  const port = Number(new URL(gateway.url).port);
  assertThrows(
    () => startTestGateway({ port }),
    Error,
    `Port ${port} is taken: stop what uses it, or choose another with --port N`,
  );
});

Deno.test("Gateway.close() lets open requests finish and ends answers that never do", async () => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<Response>();
  const gateway = startTestGateway({
    page: () => new Response(new ReadableStream({ start: (it) => it.enqueue(new Uint8Array(1)) })),
    dataApi: {
      fetch: () => {
        asked.resolve();
        return answer.promise;
      },
    },
  });
  const endless = await fetch(gateway.url);
  const reader = endless.body?.getReader();
  await reader?.read();
  const slow = fetch(`${gateway.url}/rest/v1/notes`);
  await asked.promise;
  const closed = gateway.close();
  assertEquals((await fetch(`${gateway.url}/rest/v1/notes`).then(drained)).status, 503);
  answer.resolve(Response.json({ done: true }));
  assertEquals((await slow.then(drained)).status, 200);
  await closed;
  assertEquals(await reader?.read().catch(() => "cut"), "cut");
});

async function drained(answer: Response): Promise<Response> {
  await answer.text();
  return answer;
}
