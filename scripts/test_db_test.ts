// The TAP reader and the form of a test file: what must not pass for a success.
import { assertEquals, assertStringIncludes } from "@std/assert";
import { cloneDatabase } from "../supabase/functions/tests/database.ts";
import { asOwner, installHelpers } from "./test_db/install_helpers.ts";
import { readTap } from "./test_db/read_tap.ts";
import { runFile } from "./test_db/run_file.ts";
import { checkForm } from "./test_db/test_file.ts";

const PATH = "supabase/tests/subject/behaviour.test.sql";

Deno.test("readTap() counts tests and passes over what is not TAP", () => {
  assertEquals(readTap(["1..2", "ok 1 - a", "0b6a8f9e-6a0c", "ok 2"]), {
    passed: 2,
    failed: 0,
    problems: [],
  });
});

Deno.test("readTap() shows a failure with its diagnostics", () => {
  const report = readTap(["1..2", "not ok 1 - a\n# Failed test 1\n#   have: 1", "ok 2"]);
  assertEquals(report, {
    passed: 1,
    failed: 1,
    problems: ["not ok 1 - a", "# Failed test 1", "#   have: 1"],
  });
});

const BAD_OUTPUT: [what: string, output: string[], problem: string][] = [
  ["no plan", ["ok 1"], "0 plans, wanted 1: select plan(1)"],
  ["two plans", ["1..1", "1..1", "ok 1"], "2 plans, wanted 1"],
  ["fewer tests than planned", ["1..2", "ok 1"], "1 tests ran, the plan is 2"],
  ["more tests than planned", ["1..1", "ok 1", "ok 2"], "2 tests ran, the plan is 1"],
  ["a skipped test", ["1..1", "ok 1 - # SKIP later"], "may not be skipped"],
  ["a test to do", ["1..1", "not ok 1 - a # TODO later"], "not ok 1"],
  ["a skipped file", ["1..0 # SKIP all"], "The file is skipped"],
  ["a number left out", ["1..2", "ok 1", "ok 3"], "ok 3: wanted number 2"],
  ["bail out", ["1..1", "ok 1", "Bail out! no reason"], "Bail out!"],
];

for (const [what, output, problem] of BAD_OUTPUT) {
  Deno.test(`readTap() refuses ${what}`, () => {
    assertStringIncludes(readTap(output).problems.join("\n"), problem);
  });
}

function file(body: string): string {
  return `begin;\nselect plan(1);\n-- TEST: it\n${body}\nselect * from finish();\nrollback;\n`;
}

Deno.test("checkForm() accepts a file as it should be, and refuses any other", () => {
  const problems = (text: string, path = PATH) => checkForm({ path, text }).join("\n");
  const good = file("select pass();");
  assertEquals(problems(good), "");
  assertStringIncludes(problems(good, "supabase/tests/a.test.sql"), "<subject>/<behaviour>");
  assertStringIncludes(problems(good.replace("begin;", "")), 'start with "begin;"');
  assertStringIncludes(problems(good.replace("rollback;", "commit;")), "rollback;");
  assertStringIncludes(problems(good.replace("select * from finish();", "")), "finish()");
  assertStringIncludes(problems(file("rollback;\nselect pass();")), "ends its transaction early");
  assertStringIncludes(problems(good.replace("-- TEST:", "--")), "says nowhere what it tests");
  assertStringIncludes(problems(file("--\n".repeat(100))), "wanted at most 100");
});

Deno.test("runFile()", async (t) => {
  await using database = await cloneDatabase();
  await installHelpers(database.url, new URL("../", import.meta.url));
  const run = (body: string) => runFile({ path: PATH, text: file(body) }, asOwner(database.url));

  await t.step("passes a file that passes, and leaves nothing of it", async () => {
    const result = await run("create table public.left_over (); select pass('made');");
    assertEquals(result, { path: PATH, passed: 1, failed: 0, problems: [] });
    const again = await run("select hasnt_table('public', 'left_over', 'gone');");
    assertEquals(again.problems, []);
  });

  await t.step("tells what a failed test had and wanted", async () => {
    const { passed, failed, problems } = await run("select is(1, 2, 'equal');");
    assertEquals([passed, failed], [0, 1]);
    assertStringIncludes(problems.join("\n"), "not ok 1 - equal");
    assertStringIncludes(problems.join("\n"), "have: 1");
  });

  await t.step("fails for an error, telling its line and what came before", async () => {
    const { passed, failed, problems } = await run("select pass();\nselect missing();");
    assertEquals([passed, failed], [1, 1]);
    assertStringIncludes(problems.join("\n"), `ERROR 42883 at ${PATH}:5: function missing()`);
  });

  await t.step("fails for a warning, such as of a broadcast that was not sent", async () => {
    const { failed, problems } = await run(
      "select realtime.send('1', 'event', 'topic'); select pass();",
    );
    assertEquals(failed, 1);
    assertStringIncludes(problems.join("\n"), "WARNING: WarnSendingBroadcastMessage");
  });

  await t.step("does not run a file without its form", async () => {
    const { failed, problems } = await runFile({ path: PATH, text: "select 1;" }, database.url);
    assertEquals(failed, 1);
    assertStringIncludes(problems.join("\n"), 'start with "begin;"');
  });
});
