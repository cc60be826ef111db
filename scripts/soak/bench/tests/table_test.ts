import { assertEquals, assertMatch } from "@std/assert";
import { type Figure, isFulfilled, mustBeZero } from "../scenario.ts";
import { renderTable, verdictOf } from "../table.ts";

const FIGURES: Figure[] = [
  { name: "rate", value: 48.234, unit: "/s" },
  { name: "ratio", value: 0.913, unit: "", wanted: { atLeast: 0.95 } },
  { name: "p50", value: 31, unit: "ms", wanted: { atMost: 50 } },
  mustBeZero("lost", 2),
];

Deno.test("verdictOf tells a short figure from a broken invariant", () => {
  assertEquals(FIGURES.map(verdictOf), ["", "short", "ok", "BROKEN"]);
});

Deno.test("isFulfilled does not take a figure that could not be measured for a good one", () => {
  const wishes = [{ atLeast: 1 }, { atMost: 1 }, { exactly: 0 }];
  for (const wanted of wishes) {
    assertEquals(isFulfilled({ name: "", value: NaN, unit: "", wanted }), false);
  }
  assertEquals(isFulfilled({ name: "", value: NaN, unit: "" }), undefined);
});

Deno.test("renderTable gives a line a figure, and one for what broke off", () => {
  const result = { seconds: 1, loadAverage: { before: 0, after: 0 } };
  const text = renderTable([
    { ...result, name: "throughput", figures: FIGURES },
    { ...result, name: "spike", figures: [], error: "The stack did not start" },
  ]);
  const lines = text.trimEnd().split("\n");
  assertEquals(lines.length, 2 + FIGURES.length + 1);
  assertMatch(lines[2] ?? "", /^throughput +rate +48\.2 \/s$/);
  assertMatch(lines[3] ?? "", /^ +ratio +0\.91 +>= 0\.95 +short$/);
  assertMatch(lines[5] ?? "", /lost +2 +0 +BROKEN$/);
  assertMatch(lines[6] ?? "", /^spike +The stack did not start +BROKEN$/);
});
