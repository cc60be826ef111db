import { assert, assertEquals, assertMatch } from "@std/assert";
import { makeTimeOrderedId } from "../../_shared/generations/time_ordered_id.ts";

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));

Deno.test("makeTimeOrderedId gives the example of RFC 9562, appendix A.6", () => {
  // 017F22E2-79B0-7CC3-98C4-DC0C0C07398F, made on February 22, 2022 2:22:22.00 PM GMT-05:00.
  const drawn = Uint8Array.fromHex("0000000000000cc318c4dc0c0c07398f");
  const id = makeTimeOrderedId({ now: () => 0x017F22E279B0, randomBytes: () => drawn });
  assertEquals(id, "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
});

Deno.test("makeTimeOrderedId sets version and variant whatever is drawn", () => {
  for (const byte of [0x00, 0xff]) {
    const drawn = new Uint8Array(16).fill(byte);
    const id = makeTimeOrderedId({ now: () => 1_700_000_000_000, randomBytes: () => drawn });
    assertMatch(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  }
});

Deno.test("makeTimeOrderedId grows with time and never repeats within a millisecond", () => {
  const at = (ms: number) => makeTimeOrderedId({ now: () => ms, randomBytes: random });
  const times = [0, 1, 1_700_000_000_000, 1_700_000_000_001, 2 ** 48 - 1];
  const ids = times.map(at);
  assertEquals(ids.toSorted(), ids);
  const same = new Set(Array.from({ length: 1_000 }, () => at(1_700_000_000_000)));
  assert(same.size === 1_000);
});
