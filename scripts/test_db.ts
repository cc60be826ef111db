/**
 * Runs the pgTAP files of supabase/tests on the embedded Postgres.
 *
 * Run: `deno run -A scripts/test_db.ts [filter...]`; a filter is a part of the files' paths. A line a
 * file, and exit 1 when any failed.
 */
import { print } from "./demo/status_line.ts";
import type { Postgres } from "./stack/postgres.ts";
import { copyDatabase, startTestServer, type TestDatabase } from "./stack/test_database.ts";
import { asOwner, installHelpers } from "./test_db/install_helpers.ts";
import { type FileResult, runFile } from "./test_db/run_file.ts";
import { readTestFiles, TEST_FOLDER } from "./test_db/test_file.ts";

/** Where the tests run, and which. */
export interface DatabaseTestOptions {
  server: Pick<Postgres, "url" | "createDatabase" | "dropDatabase">;
  /** A migrated database to which nobody is connected. */
  template: string;
  /** Parts of paths: a file is run that has any of them; with none, every file. */
  filters?: readonly string[];
  /** Takes what is to be shown; default: standard output. */
  print?: (text: string) => void;
}

const ROOT = new URL("../", import.meta.url);
/** Files that run at a time, each in a database of its own. */
const LANES = 2;

/**
 * Runs the files and prints a line for each.
 *
 * They run as `postgres`, which owns the schema. Each file's transaction is rolled back, so that the files of a lane share one copy of the template, to
 * which pgTAP and the tests' helpers were added.
 *
 * @returns Tests by outcome; a file that fails as a whole counts as one failed test.
 */
export async function runDatabaseTests(
  options: DatabaseTestOptions,
): Promise<{ passed: number; failed: number }> {
  const show = options.print ?? print;
  const files = await readTestFiles(ROOT, options.filters);
  const total = { passed: 0, failed: 0 };
  if (files.length === 0) return total;
  await using prepared = await copyDatabase(options.server, options.template);
  await installHelpers(prepared.url, ROOT);
  await using lanes = new AsyncDisposableStack();
  const databases: string[] = [];
  for (let lane = 0; lane < LANES; lane++) {
    databases.push(asOwner(lanes.use(await copyDatabase(options.server, nameOf(prepared))).url));
  }
  const waiting = files.values();
  await Promise.all(databases.map(async (database) => {
    for (const file of waiting) {
      const result = await runFile(file, database);
      total.passed += result.passed;
      total.failed += result.failed;
      show(`${formatResult(result)}\n`);
    }
  }));
  show(`${files.length} files: ${total.passed} passed, ${total.failed} failed\n`);
  return total;
}

function nameOf(database: TestDatabase): string {
  return new URL(database.url).pathname.slice(1);
}

function formatResult({ path, passed, failed, problems }: FileResult): string {
  if (failed === 0) return `ok ${path} (${passed})`;
  const details = problems.flatMap((problem) => problem.split("\n")).map((line) => `    ${line}`);
  return [`FAILED ${path}`, ...details].join("\n");
}

async function main(): Promise<void> {
  const test = await startTestServer();
  try {
    const { server, template } = test;
    const { passed, failed } = await runDatabaseTests({
      server,
      template,
      filters: Deno.args,
    });
    if (passed + failed === 0) {
      print(`No file of ${TEST_FOLDER} has "${Deno.args.join('" or "')}" in its path\n`);
    }
    Deno.exitCode = failed === 0 && passed > 0 ? 0 : 1;
  } finally {
    await test.stop();
  }
}

if (import.meta.main) await main();
