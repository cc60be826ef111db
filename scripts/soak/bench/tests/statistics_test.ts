import { assertAlmostEquals, assertEquals } from "@std/assert";
import { jainIndex, median, percentile } from "../../statistics.ts";

Deno.test("percentile takes the nearest rank, whatever the order", () => {
  const samples = [40, 10, 30, 20];
  assertEquals([0, 0.25, 0.26, 0.5, 0.95, 1].map((share) => percentile(samples, share)), [
    10,
    10,
    20,
    20,
    40,
    40,
  ]);
  assertEquals(samples, [40, 10, 30, 20]);
  assertEquals(percentile([], 0.5), NaN);
});

Deno.test("median is the lower middle of an even number", () => {
  assertEquals([median([3]), median([9, 1]), median([5, 1, 9])], [3, 1, 5]);
});

Deno.test("jainIndex is 1 for equal shares and 1/n when one has it all", () => {
  assertEquals(jainIndex([7, 7, 7]), 1);
  assertEquals(jainIndex([0, 0, 0, 12]), 0.25);
  assertAlmostEquals(jainIndex([1, 3]), 0.8);
  assertEquals(jainIndex([0, 0]), 1);
});
