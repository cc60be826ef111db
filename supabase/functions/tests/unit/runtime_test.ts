/** The real runtime: waiting, background work and shutdown under plain Deno. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { createRuntime } from "../../_shared/platform/create_runtime.ts";
import type { Runtime } from "../../_shared/platform/runtime.ts";

function createQuietRuntime(): { runtime: Runtime; lines: string[] } {
  const lines: string[] = [];
  const runtime = createRuntime();
  runtime.writeLog = (_level, line) => void lines.push(line);
  return { runtime, lines };
}

Deno.test("sleep() ends at once, with the reason, when its signal aborts", async () => {
  const abort = new AbortController();
  const reason = new Error("Enough");
  const sleeping = createRuntime().sleep(3_600_000, abort.signal);
  abort.abort(reason);
  assertEquals(await assertRejects(() => sleeping), reason);
  assertEquals(
    await assertRejects(() => createRuntime().sleep(3_600_000, abort.signal)),
    reason,
  );
});

Deno.test("sleep() resolves and leaves no listener that aborts it later", async () => {
  const abort = new AbortController();
  await createRuntime().sleep(0, abort.signal);
  abort.abort();
});

Deno.test("waitUntil() logs a rejection instead of leaving it unhandled", async () => {
  const { runtime, lines } = createQuietRuntime();
  const { promise, resolve } = Promise.withResolvers<void>();
  runtime.writeLog = (_level, line) => {
    lines.push(line);
    resolve();
  };
  runtime.waitUntil(Promise.reject(new Error("Lost in the background")));
  await promise;
  assert(lines[0]?.includes('"background_failed"') && lines[0].includes("Lost in the background"));
});

Deno.test("waitUntil() gives the promise to the platform where there is one", async () => {
  const platform = globalThis as { EdgeRuntime?: { waitUntil(promise: Promise<unknown>): void } };
  const given: Promise<unknown>[] = [];
  platform.EdgeRuntime = { waitUntil: (promise) => void given.push(promise) };
  try {
    createRuntime().waitUntil(Promise.resolve("done"));
  } finally {
    delete platform.EdgeRuntime;
  }
  assertEquals(await Promise.all(given), ["done"]);
});

Deno.test("env() reads the environment", () => {
  assertEquals(createRuntime().env("PIXELPOP_TEST_NOT_SET"), undefined);
});
