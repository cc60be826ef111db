/** Finds the test files, and tells those that take long. */
import { listFiles } from "../list_files.ts";
import { isWanted } from "../test_db/test_file.ts";

const ROOT = new URL("../../", import.meta.url);
const FOLDERS = ["supabase/functions/tests", "client/tests", "mini_app/tests", "scripts"];

/** Parts of the paths of files that start a whole stack, a browser, or a database a test. */
const LONG = [
  "page_",
  "start_test",
  "demo_test",
  "cron_test",
  "e2e_test",
  "/e2e/",
  "tests/api_test",
  "worker_test",
];
/** How the names of files end that `deno task soak` runs. */
const SOAK = "_soak_test.ts";

/** The files whose path contains any of `filters`; every file without one. Those of soak only when a filter names them. */
export async function findTestFiles(filters: readonly string[]): Promise<string[]> {
  const isSoak = filters.some((filter) => filter.includes("_soak_test"));
  const files = await Promise.all(FOLDERS.map((folder) => listFiles(ROOT, folder)));
  return files.flat().filter((path) =>
    path.endsWith("_test.ts") && isWanted(path, filters) && (isSoak || !path.endsWith(SOAK))
  ).sort();
}

/** Whether a file's tests wait much longer, for processes and browsers, than they compute. */
export function takesLong(path: string): boolean {
  return LONG.some((part) => path.includes(part));
}
