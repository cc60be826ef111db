/** How long failed calls wait. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { backoffMs } from "../../_shared/openai/backoff.ts";
import { createRandom } from "../fakes.ts";

/** The greatest number `Math.random` can give. */
const ALMOST_ONE = 1 - 2 ** -53;

Deno.test("backoffMs doubles the upper limit with each failure", () => {
  const longest = [1, 2, 3, 4, 5].map((failures) => backoffMs({ failures, random: () => 0.999 }));
  assertEquals(longest, [999, 1998, 3996, 7992, 15984]);
});

Deno.test("backoffMs stays below its cap however many failures there were", () => {
  for (const failures of [7, 20, 1000, 5000]) {
    assertEquals(backoffMs({ failures, random: () => ALMOST_ONE }), 59_999);
    assertEquals(backoffMs({ failures, random: () => ALMOST_ONE, capMs: 10 }), 9);
  }
});

Deno.test("backoffMs jitters over the full range from 0", () => {
  assertEquals(backoffMs({ failures: 3, random: () => 0 }), 0);
  const random = createRandom(7);
  const waits = Array.from({ length: 1000 }, () => backoffMs({ failures: 3, random }));
  assert(waits.every((wait) => Number.isInteger(wait) && wait >= 0 && wait < 4000));
  for (let quarter = 0; quarter < 4; quarter++) {
    const share = waits.filter((wait) => Math.floor(wait / 1000) === quarter).length;
    assert(share > 150, `Only ${share} of 1000 waits in quarter ${quarter}`);
  }
});

Deno.test("backoffMs is never shorter than Retry-After, and spreads those who were told the same", () => {
  const random = createRandom(3);
  const waits = Array.from(
    { length: 100 },
    () => backoffMs({ failures: 1, retryAfterMs: 20_000, random }),
  );
  assert(waits.every((wait) => wait >= 20_000 && wait < 21_000));
  assert(new Set(waits).size > 50);
  assertEquals(backoffMs({ failures: 1, retryAfterMs: 90_000.2, random: () => 0 }), 90_001);
});

Deno.test("backoffMs takes its base and ignores a negative Retry-After", () => {
  assertEquals(backoffMs({ failures: 2, random: () => 0.5, baseMs: 200, capMs: 1000 }), 200);
  assertEquals(backoffMs({ failures: 1, retryAfterMs: -5, random: () => 0.5 }), 500);
});

Deno.test("backoffMs refuses less than one failure", () => {
  for (const failures of [0, -1, NaN]) {
    assertThrows(
      () => backoffMs({ failures, random: () => 0 }),
      RangeError,
      `${failures} failures`,
    );
  }
});
