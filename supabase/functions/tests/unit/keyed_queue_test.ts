/** The keyed queue: the order under a key, and what waits behind work that fails or hangs. */
import { assertEquals, assertRejects } from "@std/assert";
import { DeadlineError } from "../../_shared/concurrency/deadline.ts";
import { createKeyedQueue } from "../../_shared/concurrency/keyed_queue.ts";
import { createFakeRuntime } from "../fakes.ts";

/** A queue of which a test ends each piece of work by hand. */
function createSetup() {
  const runtime = createFakeRuntime();
  const runInOrder = createKeyedQueue({ runtime, patienceMs: 100 });
  const begun: string[] = [];
  function act(name: string, label: string) {
    const ended = Promise.withResolvers<string>();
    const result = runInOrder(name, () => {
      begun.push(label);
      return ended.promise;
    });
    return { ...ended, result };
  }
  /** Lets every promise that can go on do so. */
  const settle = () => new Promise((resolve) => setTimeout(resolve));
  return { runtime, begun, act, settle };
}

Deno.test("createKeyedQueue begins at once where nothing is under way under the name", async () => {
  const { begun, act } = createSetup();
  const [a, b] = [act("x", "a"), act("y", "b")];
  assertEquals(begun, ["a", "b"]);
  a.resolve("A");
  b.resolve("B");
  assertEquals(await Promise.all([a.result, b.result]), ["A", "B"]);
});

Deno.test("createKeyedQueue keeps the order under one name", async () => {
  const { begun, act, settle } = createSetup();
  const [a, b, c] = [act("x", "a"), act("x", "b"), act("x", "c")];
  b.resolve("B");
  c.resolve("C");
  await settle();
  assertEquals(begun, ["a"]);
  a.resolve("A");
  assertEquals(await Promise.all([a.result, b.result, c.result]), ["A", "B", "C"]);
  assertEquals(begun, ["a", "b", "c"]);
});

Deno.test("createKeyedQueue goes on after one that failed", async () => {
  const { act } = createSetup();
  const [a, b] = [act("x", "a"), act("x", "b")];
  a.reject(new TypeError("a failed"));
  b.resolve("B");
  await assertRejects(() => a.result, TypeError, "a failed");
  assertEquals(await b.result, "B");
});

Deno.test("createKeyedQueue lets those give up who wait too long, and nobody pass the one they wait for", async () => {
  const { runtime, begun, act, settle } = createSetup();
  const [a, b] = [act("x", "a"), act("x", "b")];
  const gaveUp = assertRejects(() => b.result, DeadlineError);
  await settle();
  runtime.advance(100);
  await gaveUp;
  const c = act("x", "c");
  c.resolve("C");
  await settle();
  assertEquals(begun, ["a"]);
  a.resolve("A");
  assertEquals(await Promise.all([a.result, c.result]), ["A", "C"]);
  assertEquals(begun, ["a", "c"]);
});
