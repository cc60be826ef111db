import { assertEquals, assertRejects } from "@std/assert";
import { MiniAppError, type User } from "../src/client.ts";
import { type Bench, createBench, launchOf } from "./client_fixture.ts";
import { createFakeBackend } from "./fake_backend.ts";

const HOUR = 3_600_000;

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => promise, MiniAppError)).code;
}

function observe({ app }: Bench): (User | null)[] {
  const told: (User | null)[] = [];
  app.onSession((user) => told.push(user));
  return told;
}

Deno.test("login() posts initData and gives the user", async () => {
  await using bench = createBench();
  const told = observe(bench);
  const user = await bench.app.login(launchOf("one"));
  assertEquals(user.telegram_id, 42);
  assertEquals(told, [user]);
  assertEquals(bench.app.credits, 20);
  assertEquals(bench.backend.received.map(({ path, body }) => [path, body]), [
    ["auth/login", { initData: launchOf("one") }],
  ]);
});

Deno.test("login() throws what the backend refuses, and nobody is logged in", async () => {
  await using bench = createBench();
  bench.backend.initDataIsFresh = false;
  assertEquals(await codeOf(bench.app.login(launchOf("one"))), "expired_init_data");
  assertEquals(bench.app.user, null);
  assertEquals(await codeOf(bench.app.list()), "signed_out");
});

Deno.test("login() is tried again when the network fails", async () => {
  await using bench = createBench();
  const { app, backend, clock } = bench;
  backend.fail("auth/login", { kind: "unreachable" }, { status: 503 });
  const login = app.login(launchOf("one"));
  await clock.advance(5_000);
  assertEquals((await login).id, "user-1");
});

Deno.test("the session is refreshed ahead of expiry, again and again", async () => {
  await using bench = createBench();
  const { app, backend, clock } = bench;
  await app.login(launchOf("one"));
  await clock.advance(HOUR - 120_001);
  assertEquals(backend.count("POST", "auth/refresh"), 0);
  await clock.advance(1);
  assertEquals(backend.count("POST", "auth/refresh"), 1);
  // Hour by hour: what a refresh sets off needs turns of the event loop, which the fake clock does not count.
  for (let hour = 1; hour <= 24; hour++) await clock.advance(HOUR);
  assertEquals(backend.count("POST", "auth/login"), 1);
  assertEquals(backend.count("POST", "auth/refresh"), 25);
});

Deno.test("the session keeps up with tokens of 5 seconds", async () => {
  const backend = createFakeBackend();
  backend.lifetime = 5;
  await using bench = createBench({ backend });
  await bench.app.login(launchOf("one"));
  await bench.clock.advance(60_000);
  await bench.app.list();
  assertEquals(backend.count("POST", "auth/login"), 1);
  assertEquals(backend.received.filter(({ path }) => path === "generation").length, 1);
});

Deno.test("one refresh serves all calls that wait for it", async () => {
  await using bench = createBench();
  const { app, backend, clock } = bench;
  await app.login(launchOf("one"));
  clock.sleep(5 * HOUR);
  await Promise.all(Array.from({ length: 10 }, () => app.list()));
  assertEquals(backend.count("POST", "auth/refresh"), 1);
});

Deno.test("the session is renewed at once when the page wakes after hours", async () => {
  await using bench = createBench();
  const { app, backend, clock, document } = bench;
  await app.login(launchOf("one"));
  clock.sleep(5 * HOUR);
  document.dispatchEvent(new Event("visibilitychange"));
  await clock.advance(0);
  assertEquals(backend.count("POST", "auth/refresh"), 1);
});

Deno.test("a 401 leads to one refresh, whoever meets it", async () => {
  await using bench = createBench();
  const { app, backend } = bench;
  await app.login(launchOf("one"));
  backend.accessTokens.clear();
  await Promise.all([app.list(), app.list(), app.list()]);
  assertEquals(backend.count("POST", "auth/refresh"), 1);
  assertEquals(backend.count("POST", "auth/login"), 1);
  assertEquals(backend.count("GET", "generation"), 6);
});

Deno.test("a second 401 leads to one new login, a third is the caller's", async () => {
  await using bench = createBench();
  const { app, backend } = bench;
  await app.login(launchOf("one"));
  backend.fail("generation", { status: 401, code: "unauthorized" }, {
    status: 401,
    code: "unauthorized",
  });
  await app.list();
  assertEquals(backend.count("POST", "auth/refresh"), 1);
  assertEquals(backend.count("POST", "auth/login"), 2);
  backend.fail("generation", ...Array(3).fill({ status: 401, code: "unauthorized" }));
  assertEquals(await codeOf(app.list()), "unauthorized");
});

Deno.test("a refused refresh token leads to a new login", async () => {
  await using bench = createBench();
  const { app, backend, clock } = bench;
  await app.login(launchOf("one"));
  backend.refreshTokens.clear();
  clock.sleep(HOUR);
  await app.list();
  assertEquals(backend.count("POST", "auth/login"), 2);
});

Deno.test("a refresh that gets no answer leaves the token in use while it lives", async () => {
  await using bench = createBench();
  const { app, backend, clock } = bench;
  await app.login(launchOf("one"));
  backend.fail("auth/refresh", { kind: "unreachable" }, { kind: "unreachable" });
  await clock.advance(HOUR - 120_000);
  await app.list();
  assertEquals(backend.count("POST", "auth/refresh"), 1);
  assertEquals(app.user?.id, "user-1");
  await clock.advance(60_000);
  assertEquals(backend.count("POST", "auth/refresh"), 3);
  await clock.advance(HOUR / 2);
  await app.list();
  assertEquals(backend.count("POST", "auth/login"), 1);
});

Deno.test("a refresh whose answer is lost ends in a new login, not in a dead session", async () => {
  await using bench = createBench();
  const { app, backend, clock } = bench;
  await app.login(launchOf("one"));
  backend.fail("auth/refresh", { kind: "lost" });
  await clock.advance(HOUR);
  await app.list();
  assertEquals(backend.count("POST", "auth/login"), 2);
});

Deno.test("a refresh that is rate limited is put off as long as the answer says", async () => {
  await using bench = createBench();
  const { app, backend, clock } = bench;
  await app.login(launchOf("one"));
  const headers = { "retry-after": "50" };
  backend.fail("auth/refresh", { status: 429, code: "rate_limited", headers });
  await clock.advance(HOUR - 120_000 + 49_999);
  assertEquals(backend.count("POST", "auth/refresh"), 1);
  await clock.advance(1);
  assertEquals(backend.count("POST", "auth/refresh"), 2);
});

Deno.test("a refresh that is answered after logout() brings nobody back", async () => {
  await using bench = createBench();
  const { app, backend, clock } = bench;
  await app.login(launchOf("one"));
  const answered = Promise.withResolvers<void>();
  backend.fail("auth/refresh", { held: answered.promise });
  await clock.advance(HOUR - 120_000);
  await app.logout();
  answered.resolve();
  await clock.advance(0);
  assertEquals(app.user, null);
});

Deno.test("a 401 for a token that was renewed meanwhile leads to no other refresh", async () => {
  await using bench = createBench();
  const { app, backend, clock } = bench;
  await app.login(launchOf("one"));
  const answered = Promise.withResolvers<void>();
  backend.accessTokens.clear();
  backend.fail("generation", { held: answered.promise });
  const late = app.list();
  await clock.advance(0);
  await app.list();
  answered.resolve();
  await late;
  assertEquals(backend.count("POST", "auth/refresh"), 1);
});

Deno.test("one new login serves all calls that are refused twice", async () => {
  await using bench = createBench();
  const { app, backend } = bench;
  await app.login(launchOf("one"));
  backend.fail("generation", ...Array(6).fill({ status: 401, code: "unauthorized" }));
  await Promise.all([app.list(), app.list(), app.list()]);
  assertEquals(backend.count("POST", "auth/login"), 2);
});

Deno.test("wake() renews at once what was put off", async () => {
  await using bench = createBench();
  const { app, backend, clock, document } = bench;
  await app.login(launchOf("one"));
  const headers = { "retry-after": "100" };
  backend.fail("auth/refresh", { status: 429, code: "rate_limited", headers });
  await clock.advance(HOUR - 120_000);
  document.dispatchEvent(new Event("visibilitychange"));
  await clock.advance(0);
  assertEquals(backend.count("POST", "auth/refresh"), 2);
});
