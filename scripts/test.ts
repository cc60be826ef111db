/** `deno task test [filter]`: every test. One Postgres serves them all; each file gets its own database. */
import { parseArgs } from "@std/cli/parse-args";
import { refuse } from "./command_line.ts";
import { print } from "./demo/status_line.ts";
import { checkAdvisors } from "./check_advisors.ts";
import { checkSchemas } from "./check_schemas.ts";
import { checkTypes } from "./gen_types.ts";
import { startTestServer } from "./stack/test_database.ts";
import { runDatabaseTests } from "./test_db.ts";
import { isWanted } from "./test_db/test_file.ts";

const HELP = `Runs the tests: unit, SQL (pgTAP), integration, end to end.

Usage: deno task test [filter...]

  filter       a part of the paths of the test files, e.g. worker or supabase/tests/sweep;
               with more than one, a file is run that has any of them

Tests that need a redis-server, a chromium or a node are skipped, and told, where there is none on PATH.
`;

/** Files at a time. Half of their time the tests wait: for a process, a lease, a browser. */
const JOBS = Deno.env.get("DENO_JOBS") ?? String(2 * navigator.hardwareConcurrency);

const FOLDERS = ["supabase/functions/tests", "scripts"];

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

async function main(args: string[]): Promise<Counts> {
  const flags = parseArgs(args, {
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
  const filters = flags._;
  for (const note of await findMissingPrograms()) print(`${note}\n`);
  const test = await startTestServer();
  try {
    const total = await runDenoTests(filters, {
      TEST_DATABASE_URL: test.server.url(),
      TEST_TEMPLATE: test.template,
    });
    const sql = await runDatabaseTests({
      server: test.server,
      template: test.template,
      filters,
    });
    total.passed += sql.passed;
    total.failed += sql.failed;
    if (total.passed + total.failed + total.skipped === 0) {
      print(`No test file has "${filters.join('" or "')}" in its path\n`);
    }
    if (filters.length === 0) {
      await using database = await test.createDatabase();
      for (const check of [checkTypes, checkAdvisors]) {
        await count(total, check.name, () => check(database.url));
      }
      const migrated = new URL(database.url).pathname.slice(1);
      await count(total, checkSchemas.name, () => checkSchemas({ server: test.server, migrated }));
    }
    return total;
  } finally {
    await test.stop();
  }
}

async function count(
  total: Counts,
  name: string,
  check: () => Promise<void>,
): Promise<void> {
  try {
    await check();
    total.passed++;
  } catch (error) {
    total.failed++;
    print(`${name} failed: ${error instanceof Error ? error.message : error}\n`);
  }
}

async function runDenoTests(
  filters: readonly string[],
  env: Record<string, string>,
): Promise<Counts> {
  const files = await findTestFiles(filters);
  if (files.length === 0) return { passed: 0, failed: 0, skipped: 0 };
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--quiet", "--parallel", "--no-check", ...files],
    env: { ...env, DENO_NO_UPDATE_CHECK: "1", DENO_JOBS: JOBS },
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const decoder = new TextDecoder();
  let tail = "";
  for await (const chunk of child.stdout) {
    const text = decoder.decode(chunk, { stream: true });
    print(text);
    tail = (tail + text).slice(-4_000);
  }
  const { success } = await child.status;
  return readSummary(tail, success);
}

// "ok | 120 passed (3 steps) | 0 failed | 2 ignored (1s)"
function readSummary(output: string, success: boolean): Counts {
  // deno-lint-ignore no-control-regex -- colours
  const plain = output.replaceAll(/\x1b\[[0-9;]*m/g, "");
  const number = (word: string) =>
    Number(new RegExp(`(\\d+) ${word}`).exec(plain.slice(plain.lastIndexOf(" passed") - 12))?.[1]);
  const counts = {
    passed: number("passed") || 0,
    failed: number("failed") || 0,
    skipped: number("ignored") || 0,
  };
  // A file that does not even load fails no test; it fails the run.
  if (!success && counts.failed === 0) counts.failed = 1;
  return counts;
}

async function findTestFiles(filters: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  async function collect(folder: string): Promise<void> {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const path = `${folder}/${name}`;
      if (isDirectory) await collect(path);
      else if (name.endsWith("_test.ts") && isWanted(path, filters)) files.push(path);
    }
  }
  for (const folder of FOLDERS) await collect(folder);
  return files.sort();
}

async function findMissingPrograms(): Promise<string[]> {
  const notes = {
    "redis-server": "No redis-server on PATH: the tests that need Redis are skipped",
    chromium: "No chromium on PATH: the tests in a browser are skipped",
    node: "No node on PATH: the watch in Node.js is skipped",
  };
  const missing: string[] = [];
  for (const [program, note] of Object.entries(notes)) {
    const found = await new Deno.Command("sh", {
      args: ["-c", `command -v ${program}`],
      stdout: "null",
    }).output();
    if (!found.success) missing.push(note);
  }
  return missing;
}

const startedAt = Date.now();
const { passed, failed, skipped } = await main(Deno.args);
print(`All tests took ${((Date.now() - startedAt) / 1000).toFixed(1)} s\n`);
print(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
Deno.exit(failed === 0 && passed > 0 ? 0 : 1);
