import { assertEquals } from "@std/assert";
import { createWorkerApp } from "../../worker/handler.ts";
import { createFakeRuntime } from "../fakes.ts";

const SECRET = "the secret of the webhook";

/** Sends one ring; gives the answer's status and what the worker was told. */
async function ring(headers: Record<string, string>) {
  const rings: unknown[] = [];
  const app = createWorkerApp({
    runtime: createFakeRuntime(),
    secret: SECRET,
    worker: { ring: (options) => void rings.push(options) },
    readMetrics: () => Promise.resolve("# EOF\n"),
  });
  const response = await app.fetch(
    new Request("http://functions/worker", { method: "POST", headers, body: "{}" }),
  );
  await response.body?.cancel();
  return { status: response.status, rings };
}

Deno.test("worker handler rings for the secret alone", async () => {
  assertEquals((await ring({ apikey: SECRET })).status, 202);
  for (const apikey of ["", "wrong", `${SECRET} `.repeat(2)]) {
    assertEquals(await ring({ apikey }), { status: 401, rings: [] });
  }
  assertEquals(await ring({}), { status: 401, rings: [] });
});

Deno.test("worker handler leaves tidying to the sweep's rings and to rings by hand", async () => {
  const tidy = async (headers: Record<string, string>) =>
    (await ring({ apikey: SECRET, ...headers })).rings;
  assertEquals(await tidy({ "x-ring": "webhook" }), [{ tidy: false }]);
  assertEquals(await tidy({ "x-ring": "worker" }), [{ tidy: false }]);
  assertEquals(await tidy({ "x-ring": "sweep" }), [{ tidy: true }]);
  assertEquals(await tidy({}), [{ tidy: true }]);
});

Deno.test("worker handler shows metrics for the secret alone", async () => {
  const app = createWorkerApp({
    runtime: createFakeRuntime(),
    secret: SECRET,
    worker: { ring: () => {} },
    readMetrics: () => Promise.resolve("# EOF\n"),
  });
  const get = (headers: HeadersInit) =>
    app.fetch(new Request("http://functions/worker/metrics", { headers }));
  const shown = await get({ apikey: SECRET });
  assertEquals([shown.status, await shown.text()], [200, "# EOF\n"]);
  assertEquals(
    shown.headers.get("content-type"),
    "application/openmetrics-text; version=1.0.0; charset=utf-8",
  );
  for (const headers of [{}, { apikey: "wrong" }, { authorization: `Bearer ${SECRET}` }]) {
    const refused = await get(headers);
    assertEquals([refused.status, (await refused.json()).code], [401, "unauthorized"]);
  }
});
