/** The benchmark from its command line, in tiny numbers: that it runs, not how fast. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { PROJECT_ROOT } from "../../../stack/supabase_cli.ts";
import { isFulfilled, type ScenarioResult } from "../scenario.ts";

async function runBench(...args: string[]): Promise<{ code: number; printed: string }> {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--no-check", join(PROJECT_ROOT, "scripts/bench.ts"), ...args],
    cwd: PROJECT_ROOT,
    stdin: "null",
  }).output();
  return { code, printed: new TextDecoder().decode(stdout) };
}

Deno.test("bench --quick measures on a stack of its own, and writes the figures", async () => {
  const file = await Deno.makeTempFile({ suffix: ".json" });
  try {
    const { code, printed } = await runBench("--quick", "--json", file, "throughput");
    const { scenarios }: { scenarios: ScenarioResult[] } = JSON.parse(
      await Deno.readTextFile(file),
    );
    assertEquals(scenarios.map(({ name, error }) => [name, error]), [
      ["throughput", undefined],
    ], printed);
    const figures = scenarios.flatMap((scenario) => scenario.figures);
    assert(figures.every((figure) => Number.isFinite(figure.value)), printed);
    const broken = figures.filter((figure) => figure.isInvariant && !isFulfilled(figure));
    assertEquals(broken, []);
    assertMatch(printed, /throughput +pictures a second/);
    assertEquals(code, 0);
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("bench refuses an unknown scenario and an unknown option, and says what there is", async () => {
  for (const args of [["thruput"], ["--fast"]]) {
    const { code, printed } = await runBench(...args);
    assertEquals(code, 2);
    assertMatch(printed, /throughput +1,000 jobs/);
  }
  assertEquals((await runBench("--help")).code, 0);
});
