/** What goes out at once, what goes out together, and what a slow call keeps waiting. */
import { assertEquals } from "@std/assert";
import { createBatcher } from "../../_shared/concurrency/batcher.ts";
import { createFakeRuntime } from "../fakes.ts";
import { settle } from "./fake_redis.ts";

function createSetup({ maxCalls = 2, maxSize = 3, minBatchSize = 1 } = {}) {
  const runtime = createFakeRuntime();
  const calls: { batch: number[]; end: () => void }[] = [];
  const add = createBatcher<number>({
    runtime,
    maxCalls,
    minBatchSize,
    maxSize,
    patienceMs: 100,
    send(batch) {
      const { promise, resolve } = Promise.withResolvers<void>();
      calls.push({ batch, end: resolve });
      return promise;
    },
  });
  return { runtime, calls, add, sent: () => calls.map(({ batch }) => batch) };
}

Deno.test("createBatcher sends at once while fewer than maxCalls are under way", () => {
  const { add, sent } = createSetup();
  add(1);
  add(2);
  assertEquals(sent(), [[1], [2]]);
});

Deno.test("createBatcher sends together what came meanwhile, in order, at most maxSize at a time", async () => {
  const { add, sent, calls } = createSetup({ maxCalls: 1 });
  for (const item of [1, 2, 3, 4, 5]) add(item);
  assertEquals(sent(), [[1]]);
  calls[0]?.end();
  await settle();
  assertEquals(sent(), [[1], [2, 3, 4]]);
  calls[1]?.end();
  await settle();
  assertEquals(sent(), [[1], [2, 3, 4], [5]]);
});

Deno.test("createBatcher sends beside a call only minBatchSize items or more", async () => {
  const { add, sent, calls } = createSetup({ minBatchSize: 3 });
  for (const item of [1, 2, 3]) add(item);
  assertEquals(sent(), [[1]]);
  add(4);
  assertEquals(sent(), [[1], [2, 3, 4]]);
  add(5);
  for (const call of calls) call.end();
  await settle();
  assertEquals(sent(), [[1], [2, 3, 4], [5]]);
});

Deno.test("createBatcher lets nobody wait for a call that is out for longer than patienceMs", async () => {
  const { add, sent, runtime } = createSetup({ maxCalls: 1 });
  add(1);
  add(2);
  runtime.advance(99);
  await settle();
  assertEquals(sent(), [[1]]);
  runtime.advance(1);
  await settle();
  assertEquals(sent(), [[1], [2]]);
});

Deno.test("createBatcher counts a slow call once, also when it ends at last", async () => {
  const { add, sent, calls, runtime } = createSetup({ maxCalls: 1 });
  add(1);
  runtime.advance(100);
  await settle();
  add(2);
  calls[0]?.end();
  await settle();
  add(3);
  assertEquals(sent(), [[1], [2]]);
  calls[1]?.end();
  await settle();
  assertEquals(sent(), [[1], [2], [3]]);
});
