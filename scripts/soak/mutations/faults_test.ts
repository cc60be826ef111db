import { assertEquals, assertGreater } from "@std/assert";
import { FAULTS } from "./faults.ts";

const ROOT = new URL("../../../", import.meta.url);

Deno.test("FAULTS change text that the code has exactly once, and are as many as the check wants", async () => {
  assertGreater(FAULTS.length, 50);
  for (const { file, from, to } of FAULTS) {
    const text = await Deno.readTextFile(new URL(file, ROOT));
    assertEquals(text.split(from).length - 1, 1, `${file} has this not exactly once: ${from}`);
    assertEquals(from === to, false);
  }
});
