import { assertEquals, assertRejects } from "@std/assert";
import { rateOf, runClients } from "../clients.ts";

Deno.test("runClients does every item once, so many at a time", async () => {
  const done: number[] = [];
  let running = 0;
  let most = 0;
  const run = await runClients([1, 2, 3, 4, 5, 6, 7], {
    clients: 3,
    async work(item) {
      most = Math.max(most, ++running);
      await Promise.resolve();
      done.push(item);
      running--;
    },
  });
  assertEquals(done.toSorted(), [1, 2, 3, 4, 5, 6, 7]);
  assertEquals([most, run.latencies.length], [3, 7]);
});

Deno.test("runClients goes round and round for a time", async () => {
  const seen = new Set<number>();
  const run = await runClients([1, 2], {
    clients: 1,
    seconds: 0.5,
    async work(item) {
      seen.add(item);
      await new Promise((resolve) => setTimeout(resolve, 1));
    },
  });
  assertEquals([...seen].toSorted(), [1, 2]);
  assertEquals(rateOf(run), run.latencies.length / run.seconds);
});

Deno.test("runClients stops all and throws when one fails", async () => {
  let begun = 0;
  await assertRejects(
    () =>
      runClients(Array.from({ length: 100 }, (_, n) => n), {
        clients: 2,
        async work(item) {
          begun++;
          await Promise.resolve();
          if (item === 3) throw new Error("Refused");
        },
      }),
    Error,
    "Refused",
  );
  assertEquals(begun < 10, true);
});
