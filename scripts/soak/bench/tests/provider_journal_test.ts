import { assertEquals } from "@std/assert";
import { countInFlight, maxInFlight, type ProviderCall } from "../provider_journal.ts";

function call(startedAt: number, finishedAt: number): ProviderCall {
  return { prompt: `${startedAt}`, startedAt, finishedAt, outcome: "ok" };
}

Deno.test("maxInFlight counts calls that overlap", () => {
  assertEquals(maxInFlight([]), 0);
  assertEquals(maxInFlight([call(0, 10), call(5, 15), call(6, 7)]), 3);
  assertEquals(maxInFlight([call(0, 10), call(20, 30)]), 1);
});

Deno.test("maxInFlight lets a call that ends in the millisecond of a start have ended", () => {
  assertEquals(maxInFlight([call(0, 10), call(10, 20)]), 1);
  assertEquals(maxInFlight([call(0, 11), call(10, 20)]), 2);
});

Deno.test("maxInFlight counts a call that is still under way", () => {
  assertEquals(maxInFlight([call(0, Infinity), call(10, 20), call(30, 40)]), 2);
});

Deno.test("countInFlight tells the number at each start", () => {
  const calls = [call(0, 100), call(10, 20), call(15, 40), call(50, 60)];
  assertEquals(countInFlight(calls).map(({ inFlight }) => inFlight), [1, 2, 3, 2]);
});
