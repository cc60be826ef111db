/** `deno task test [filter]`: every test. One Postgres serves them all; each file gets its own database. */
import { parseArgs } from "@std/cli/parse-args";
import { checkAdvisors } from "./check_advisors.ts";
import { checkSchemas } from "./check_schemas.ts";
import { refuse } from "./command_line.ts";
import { print, startStatusLine } from "./demo/status_line.ts";
import { checkTypes } from "./gen_types.ts";
import { startTestServer } from "./stack/test_database.ts";
import { type Counts, runDenoTests } from "./test/deno_tests.ts";
import { findMissingPrograms } from "./test/missing_programs.ts";
import { findTestFiles, takesLong } from "./test/test_files.ts";
import { runDatabaseTests } from "./test_db.ts";

const HELP = `Runs the tests: unit, SQL (pgTAP), integration, end to end.

Usage: deno task test [filter...]

  filter       a part of the paths of the test files, e.g. worker or supabase/tests/sweep;
               with more than one, a file is run that has any of them

Tests that need a redis-server, a chromium or a node are skipped, and told, where there is none on PATH.
`;

/** Files at a time, of the long ones and beside them of the others; both wait for much of their time. */
const JOBS = navigator.hardwareConcurrency;
const SLOWEST = 10;

async function main(filters: readonly string[]): Promise<Counts> {
  const files = await findTestFiles(filters);
  const failures: string[] = [];
  const status = startStatusLine();
  const total: Counts = { passed: 0, failed: 0, skipped: 0 };
  let begun = 0;
  status.show("starts Postgres");
  const test = await startTestServer();
  try {
    // Without a terminal a line is told every so many files, and not each.
    const step = Deno.stdout.isTerminal() ? 1 : 40;
    // `deno test` orders files as it likes: by itself it would leave a long one to run alone at the end.
    const runs = await Promise.all(
      [files.filter(takesLong), files.filter((path) => !takesLong(path))].map((part) =>
        runDenoTests({
          files: part,
          env: {
            TEST_DATABASE_URL: test.server.url(),
            TEST_TEMPLATE: test.template,
            DENO_JOBS: String(JOBS),
          },
          onFile: () => {
            if (++begun % step === 0) status.show(`${begun} of ${files.length} files`);
          },
        })
      ),
    );
    for (const run of runs) {
      add(total, run);
      if (run.failed > 0) failures.push(run.report);
    }
    status.show("SQL");
    const sql = await runDatabaseTests({
      server: test.server,
      template: test.template,
      filters,
      print: (text) => text.startsWith("FAILED") && failures.push(text),
    });
    add(total, { ...sql, skipped: 0 });
    if (filters.length === 0) {
      await using database = await test.createDatabase();
      const migrated = new URL(database.url).pathname.slice(1);
      const checks = [
        () => checkTypes(database.url),
        () => checkAdvisors(database.url),
        () => checkSchemas({ server: test.server, migrated }),
      ];
      for (const check of checks) {
        const error = await check().then(() => undefined, (cause) => cause);
        add(total, { passed: error ? 0 : 1, failed: error ? 1 : 0, skipped: 0 });
        if (error) failures.push(`${error instanceof Error ? error.message : error}\n`);
      }
    }
    status.show("done");
    status.end();
    printSlowest(new Map(runs.flatMap(({ fileMs }) => [...fileMs])));
    printFailures(failures);
    return total;
  } finally {
    await test.stop();
  }
}

function add(total: Counts, { passed, failed, skipped }: Counts): void {
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
}

function printSlowest(fileMs: ReadonlyMap<string, number>): void {
  const slowest = [...fileMs].sort(([, a], [, b]) => b - a).slice(0, SLOWEST);
  if (slowest.length < SLOWEST) return;
  print("Slowest files, by the time of their own tests:\n");
  for (const [path, ms] of slowest) print(`  ${(ms / 1000).toFixed(1).padStart(6)} s  ${path}\n`);
}

/** Each failure with its diff, and the command that runs its file alone. */
function printFailures(failures: readonly string[]): void {
  if (failures.length === 0) return;
  const text = failures.join("\n");
  print(`${text}\n`);
  const paths = text.match(/(?<=\.\/|FAILED )\S+(?:_test\.ts|\.test\.sql)/g) ?? [];
  for (const path of new Set(paths)) print(`Alone: deno task test ${path}\n`);
}

const flags = parseArgs(Deno.args, {
  boolean: ["help"],
  string: ["_"],
  alias: { h: "help" },
  unknown(name: string) {
    return !name.startsWith("-") || refuse(`Unknown option ${name}`, HELP);
  },
});
if (flags.help) {
  print(HELP);
  Deno.exit(0);
}
const filters = flags._.map(String);
for (const note of await findMissingPrograms()) print(`${note}\n`);
const startedAt = Date.now();
const { passed, failed, skipped } = await main(filters);
if (passed + failed + skipped === 0) {
  print(`No test file has "${filters.join('" or "')}" in its path\n`);
}
print(`All tests took ${((Date.now() - startedAt) / 1000).toFixed(1)} s\n`);
print(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
Deno.exit(failed === 0 && passed > 0 ? 0 : 1);
