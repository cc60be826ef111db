/** A Mini App on a fake clock, a fake backend and a fake Broadcast. */
import { createMiniApp, type MiniApp, type MiniAppOptions } from "../src/client.ts";
import { createFakeBackend, type FakeBackend, URL_OF_TESTS } from "./fake_backend.ts";
import { createFakeBroadcasts, type FakeBroadcasts } from "./fake_broadcasts.ts";
import { createFakeClock, type FakeClock, settle } from "./fake_clock.ts";
import { installFakeLocks } from "./fake_locks.ts";

installFakeLocks();

/** Raw `initData` of a launch, as far as the client reads it. */
export function launchOf(hash: string, telegramId = 42): string {
  return new URLSearchParams({ user: JSON.stringify({ id: telegramId }), hash }).toString();
}

/** A storage in memory. */
export function createFakeStorage(): NonNullable<MiniAppOptions["storage"]> & {
  readonly items: Map<string, string>;
} {
  const items = new Map<string, string>();
  return {
    items,
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
  };
}

/** A Mini App on fakes; closed, and seen to leave no timer, at the end of the test. */
export interface Bench extends AsyncDisposable {
  app: MiniApp;
  clock: FakeClock;
  backend: FakeBackend;
  broadcasts: FakeBroadcasts;
  document: EventTarget & { visibilityState: string };
  window: EventTarget;
}

/** Makes one. */
export function createBench(
  given: Partial<Pick<Bench, "backend" | "clock">> & Partial<MiniAppOptions> = {},
): Bench {
  const { backend = createFakeBackend(), clock = createFakeClock(), ...options } = given;
  const broadcasts = createFakeBroadcasts();
  const document = Object.assign(new EventTarget(), { visibilityState: "visible" });
  const window = new EventTarget();
  const app = createMiniApp({
    supabaseUrl: URL_OF_TESTS,
    publishableKey: "sb_publishable_test",
    fetch: backend.fetch,
    now: clock.now,
    timers: clock,
    random: () => 0.5,
    broadcasts,
    wakeTargets: { document, window },
    ...options,
  });
  return {
    app,
    clock,
    backend,
    broadcasts,
    document,
    window,
    async [Symbol.asyncDispose]() {
      await app.close();
      await settle();
      // A clock that is shared may be another's, too.
      if (clock.pending > 0 && given.clock === undefined) {
        throw new Error(`${clock.pending} timers are left`);
      }
    },
  };
}
