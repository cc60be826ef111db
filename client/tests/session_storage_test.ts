import { assertEquals, assertRejects } from "@std/assert";
import { MiniAppError, type User } from "../src/client.ts";
import { type Bench, createBench, createFakeStorage, launchOf } from "./client_fixture.ts";
import { createFakeBackend } from "./fake_backend.ts";
import { createFakeClock } from "./fake_clock.ts";

const HOUR = 3_600_000;

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => promise, MiniAppError)).code;
}

function observe({ app }: Bench): (User | null)[] {
  const told: (User | null)[] = [];
  app.onSession((user) => told.push(user));
  return told;
}

Deno.test("the session ends when neither the refresh token nor initData is good any more", async () => {
  const storage = createFakeStorage();
  await using bench = createBench({ storage });
  const { app, backend, clock } = bench;
  const told = observe(bench);
  await app.login(launchOf("one"));
  backend.refreshTokens.clear();
  backend.initDataIsFresh = false;
  clock.sleep(HOUR);
  assertEquals(await codeOf(app.list()), "signed_out");
  assertEquals(told.at(-1), null);
  assertEquals(storage.items.size, 0);
  await clock.advance(24 * HOUR);
  assertEquals(backend.count("POST", "auth/refresh"), 1);
});

Deno.test("login() of a reload goes on with the stored session, asking only for the credits", async () => {
  const [storage, backend, clock] = [createFakeStorage(), createFakeBackend(), createFakeClock()];
  {
    await using first = createBench({ storage, backend, clock });
    await first.app.login(launchOf("one"));
  }
  await using second = createBench({ storage, backend, clock });
  const refreshed = Promise.withResolvers<void>();
  backend.change(backend.add().id, { status: "FAILED" });
  second.app.onSession((user) => user?.credits === 24 && refreshed.resolve());
  assertEquals((await second.app.login(launchOf("one"))).id, "user-1");
  await refreshed.promise;
  assertEquals(backend.count("POST", /^auth/), 1);
});

Deno.test("login() of another launch logs in anew, and of another person touches no other session", async () => {
  const [storage, backend, clock] = [createFakeStorage(), createFakeBackend(), createFakeClock()];
  {
    await using first = createBench({ storage, backend, clock });
    await first.app.login(launchOf("one"));
  }
  await using second = createBench({ storage, backend, clock });
  await second.app.login(launchOf("two"));
  await second.app.login(launchOf("two", 43));
  assertEquals(backend.count("POST", "auth/login"), 3);
  assertEquals(storage.items.size, 2);
});

Deno.test("login() with a launch that is too old goes on with the stored session", async () => {
  const [storage, backend, clock] = [createFakeStorage(), createFakeBackend(), createFakeClock()];
  {
    await using first = createBench({ storage, backend, clock });
    await first.app.login(launchOf("one"));
  }
  backend.initDataIsFresh = false;
  clock.sleep(2 * HOUR);
  await using second = createBench({ storage, backend, clock });
  await second.app.login(launchOf("two"));
  assertEquals(backend.count("POST", "auth/refresh"), 1);
  await second.app.list();
});

Deno.test("a refresh made by another page of the same person is taken over, not repeated", async () => {
  const [storage, backend, clock] = [createFakeStorage(), createFakeBackend(), createFakeClock()];
  await using first = createBench({ storage, backend, clock });
  await using second = createBench({ storage, backend, clock });
  await first.app.login(launchOf("one"));
  await second.app.login(launchOf("one"));
  await clock.advance(10 * HOUR);
  await Promise.all([first.app.list(), second.app.list()]);
  assertEquals(backend.count("POST", "auth/login"), 1);
  assertEquals(backend.count("POST", "auth/refresh"), 10);
});

Deno.test("a storage that throws, or holds what is not a session, is one that is empty", async () => {
  const broken = () => {
    throw new Error("The storage is disabled");
  };
  for (
    const storage of [
      { getItem: broken, setItem: broken, removeItem: broken },
      { getItem: () => "{", setItem() {}, removeItem() {} },
      { getItem: () => '{"accessToken":7}', setItem() {}, removeItem() {} },
      { getItem: () => Promise.reject(new Error("Later")), setItem() {}, removeItem() {} },
    ]
  ) {
    await using bench = createBench({ storage });
    assertEquals((await bench.app.login(launchOf("one"))).id, "user-1");
    await bench.app.logout();
    assertEquals(bench.app.user, null);
  }
});

Deno.test("logout() ends the session here and in the backend", async () => {
  const storage = createFakeStorage();
  await using bench = createBench({ storage });
  const { app, backend } = bench;
  await app.login(launchOf("one"));
  await app.logout();
  assertEquals([app.user, storage.items.size], [null, 0]);
  assertEquals(backend.count("POST", "auth/logout"), 1);
});

Deno.test("a 401 is not answered with the very token from the storage", async () => {
  await using bench = createBench({ storage: createFakeStorage() });
  const { app, backend } = bench;
  await app.login(launchOf("one"));
  backend.accessTokens.clear();
  await app.list();
  assertEquals(backend.count("POST", "auth/refresh"), 1);
  assertEquals(backend.count("POST", "auth/login"), 1);
});
