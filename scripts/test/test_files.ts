/** Finds the test files, those that take long first, so that no long one is left to run alone at the end. */
import { isWanted } from "../test_db/test_file.ts";

const FOLDERS = ["supabase/functions/tests", "client/tests", "mini_app/tests", "scripts"];

/** Parts of the paths of files that start a whole stack, a browser, a server or a database each. */
const LONG = ["/e2e/", "e2e_test", "functions_test", "start_test", "demo_test", "cron_test"];
const MIDDLE = ["/integration/", "stack/tests/", "worker_test"];
/** How the names of files end that `deno task soak` runs. */
const SOAK = "_soak_test.ts";

/** The files whose path contains any of `filters`; every file without one. Those of soak only when a filter names them. */
export async function findTestFiles(filters: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  const isSoak = filters.some((filter) => filter.includes("_soak_test"));
  async function collect(folder: string): Promise<void> {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const path = `${folder}/${name}`;
      if (isDirectory) await collect(path);
      else if (
        name.endsWith("_test.ts") && isWanted(path, filters) && (isSoak || !name.endsWith(SOAK))
      ) {
        files.push(path);
      }
    }
  }
  for (const folder of FOLDERS) await collect(folder);
  return files.sort().sort((a, b) => rankOf(a) - rankOf(b));
}

function rankOf(path: string): number {
  if (LONG.some((part) => path.includes(part))) return 0;
  return MIDDLE.some((part) => path.includes(part)) ? 1 : 2;
}
