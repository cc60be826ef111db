import { assert, assertEquals, assertMatch } from "@std/assert";
import { createPage, type PageOptions } from "../mini_app/page.ts";
import { bundlePage } from "../mini_app/page_bundle.ts";
import type { TestUser } from "../mini_app/test_door.ts";

const ORIGIN = "http://127.0.0.1:54321";

function open(options: Partial<PageOptions> = {}) {
  const page = createPage({
    supabaseUrl: ORIGIN,
    publishableKey: "sb_publishable_test",
    bundle: () => Promise.resolve("bundled"),
    ...options,
  });
  return async (path: string, init?: RequestInit): Promise<Response | undefined> =>
    await page(new Request(`${ORIGIN}${path}`, init));
}

function press(
  body: unknown,
  { origin = ORIGIN, headers = {} }: { origin?: string; headers?: Record<string, string> } = {},
) {
  const signed: TestUser[] = [];
  const page = createPage({
    supabaseUrl: ORIGIN,
    publishableKey: "sb_publishable_test",
    signTestUser(user) {
      signed.push(user);
      return Promise.resolve("signed");
    },
  });
  const request = new Request(`${origin}/test-user`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { answer: Promise.resolve(page(request)), signed };
}

Deno.test("createPage() serves its files under a strict policy, and nothing else", async () => {
  const ask = open();
  const types = { "/": "text/html", "/app.js": "text/javascript", "/style.css": "text/css" };
  for (const [path, type] of Object.entries({ ...types, "/icon.svg": "image/svg+xml" })) {
    const response = await ask(path);
    assertEquals(response?.status, 200, path);
    assertEquals(response?.headers.get("content-type")?.split(";")[0], type);
    const policy = response?.headers.get("content-security-policy") ?? "";
    assertMatch(policy, /^default-src 'none'; script-src 'self' https:\/\/telegram\.org;/);
    assert(!policy.includes("unsafe"), policy);
    assertEquals(response?.headers.get("x-content-type-options"), "nosniff");
    await response?.body?.cancel();
  }
  for (const path of ["/index.html", "/page/main.ts", "/../page.ts", "/functions/v1/auth"]) {
    assertEquals(await ask(path), undefined, path);
  }
});

Deno.test("createPage() allows connections to the project, and pictures by https or of this machine", async () => {
  for (
    const [supabaseUrl, wanted, pictures] of [
      [ORIGIN, `connect-src 'self' ${ORIGIN} ws://127.0.0.1:54321`, /img-src .*127\.0\.0\.1:\*/],
      [
        "https://ref.supabase.co",
        "connect-src 'self' https://ref.supabase.co wss://ref.supabase.co",
        /img-src 'self' https:;/,
      ],
    ] as const
  ) {
    const response = await open({ supabaseUrl })("/icon.svg");
    const policy = response?.headers.get("content-security-policy") ?? "";
    assert(policy.includes(`${wanted};`), policy);
    assertMatch(policy, pictures);
    await response?.body?.cancel();
  }
});

Deno.test("createPage() puts the project's address and key into the page, as text", async () => {
  const publishableKey = `"><script>alert(1)</script>`;
  const html = await (await open({ publishableKey })("/"))?.text() ?? "";
  assert(html.includes(`content="${ORIGIN}"`));
  assert(!html.includes("<script>alert"));
  assert(!html.includes("{{"));
  assertMatch(html, /name="test-door" content=""/);
});

Deno.test("createPage() bundles at the first request, once, and again only after a failure", async () => {
  let bundled = 0;
  const ask = open({
    bundle() {
      if (++bundled === 1) return Promise.reject(new Error("No network"));
      return Promise.resolve("script");
    },
  });
  assertEquals(bundled, 0);
  const failed = await ask("/app.js");
  assertEquals([failed?.status, await failed?.text()], [500, "No network"]);
  const answers = await Promise.all([ask("/app.js"), ask("/app.js")]);
  assertEquals(await Promise.all(answers.map((answer) => answer?.text())), ["script", "script"]);
  assertEquals(bundled, 2);
});

Deno.test("createPage() answers HEAD without a body and refuses to be written to", async () => {
  const ask = open();
  const head = await ask("/", { method: "HEAD" });
  assertEquals([head?.status, head?.body], [200, null]);
  const post = await ask("/", { method: "POST", body: "x" });
  assertEquals([post?.status, post?.headers.get("allow")], [405, "GET, HEAD"]);
});

Deno.test("createPage() has no test door unless it is given a signature", async () => {
  const init = { method: "POST", headers: { "content-type": "application/json" }, body: "{}" };
  assertEquals(await open()("/test-user", init), undefined);
});

Deno.test("POST /test-user signs for its own page, and for a program of this machine", async () => {
  for (const headers of [{}, { origin: ORIGIN }] as Record<string, string>[]) {
    const body = { telegram_id: 42, first_name: "Ada", language_code: "en" };
    const { answer, signed } = press(body, { headers });
    assertEquals(await (await answer)?.json(), { initData: "signed" });
    assertEquals(signed, [{ id: 42, first_name: "Ada", language_code: "en" }]);
  }
});

for (
  const [criterion, body, options, status] of [
    [
      "a page of another site",
      { telegram_id: 1 },
      { headers: { origin: "https://evil.test" } },
      403,
    ],
    ["a sandboxed page", { telegram_id: 1 }, { headers: { origin: "null" } }, 403],
    [
      "a name that was bent to this machine",
      { telegram_id: 1 },
      { origin: "http://evil.test" },
      403,
    ],
    ["a form", { telegram_id: 1 }, { headers: { "content-type": "text/plain" } }, 403],
    ["no JSON", "{", {}, 400],
    ["no id", {}, {}, 400],
    ["an id of 0", { telegram_id: 0 }, {}, 400],
    ["an id that is a text", { telegram_id: "1" }, {}, 400],
    ["an id that is not whole", { telegram_id: 1.5 }, {}, 400],
  ] as const
) {
  Deno.test(`POST /test-user refuses ${criterion}`, async () => {
    const { answer, signed } = press(body, options);
    const response = await answer;
    assertEquals([response?.status, signed], [status, []]);
    await response?.body?.cancel();
  });
}

Deno.test("bundlePage() makes one script a browser can run, without the server's code", async () => {
  const script = await bundlePage();
  assert(script.length > 50_000);
  assert(!/from"node:|require\("node:|sign_init_data|WebAppData/.test(script));
});
