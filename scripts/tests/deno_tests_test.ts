/** What is read of the report of `deno test`. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { readSummary, runDenoTests } from "../test/deno_tests.ts";

Deno.test("readSummary() reads the closing line, and counts a run that failed without a test", () => {
  const line = "ok | 120 passed (3 steps) | 0 failed | 2 ignored (1s)";
  assertEquals(readSummary(line, true), { passed: 120, failed: 0, skipped: 2 });
  assertEquals(readSummary("ok | 3 passed | 0 failed (1s)", false).failed, 1);
  assertEquals(readSummary("", false), { passed: 0, failed: 1, skipped: 0 });
});

Deno.test("runDenoTests() tells each file once, its time, and its failures with their diff", async () => {
  const folder = await Deno.makeTempDir({ prefix: "pixelpop-tests-" });
  try {
    const file = `${folder}/sample_test.ts`;
    await Deno.writeTextFile(
      file,
      `Deno.test("good", () => {});
Deno.test("bad", () => {
  throw new Error("one is not two");
});
Deno.test.ignore("left out", () => {});
`,
    );
    const seen: string[] = [];
    const run = await runDenoTests({ files: [file], env: {}, onFile: (path) => seen.push(path) });
    assertEquals([run.passed, run.failed, run.skipped], [1, 1, 1]);
    assertEquals(seen.length, 1);
    assertEquals([...run.fileMs.keys()], seen);
    assertStringIncludes(run.report, "sample_test.ts");
    assertStringIncludes(run.report, "one is not two");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
