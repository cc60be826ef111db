/** The files of supabase/tests: which there are, and the form each must have. */

/** A pgTAP file. */
export interface TestFile {
  /** Relative to the checkout, e.g. `supabase/tests/sweep/frees_dead_leases.test.sql`. */
  path: string;
  text: string;
}

/** The folder, relative to the checkout. */
export const TEST_FOLDER = "supabase/tests";
/** Functions for the tests; not a test. */
export const HELPERS_FILE = `${TEST_FOLDER}/000_helpers.sql`;

const MAX_LINES = 100;
const WANTED_PATH = /^[a-z_]+\/[a-z_0-9]+\.test\.sql$/;

/** Whether a path has any of the `filters` in it; with no filter, every path does. */
export function isWanted(path: string, filters: readonly string[]): boolean {
  return filters.length === 0 || filters.some((filter) => path.includes(filter));
}

/** Reads the files that are wanted by `filters`, in order of their paths. */
export async function readTestFiles(
  root: URL,
  filters: readonly string[] = [],
): Promise<TestFile[]> {
  const files: TestFile[] = [];
  async function collect(folder: string): Promise<void> {
    for await (const { name, isDirectory } of Deno.readDir(new URL(`${folder}/`, root))) {
      const path = `${folder}/${name}`;
      if (isDirectory) await collect(path);
      else if (name.endsWith(".sql") && path !== HELPERS_FILE && isWanted(path, filters)) {
        files.push({ path, text: await Deno.readTextFile(new URL(path, root)) });
      }
    }
  }
  await collect(TEST_FOLDER);
  return files.sort((a, b) => a.path < b.path ? -1 : 1);
}

/** Says what is wrong with a file's form; nothing when it may run. */
export function checkForm({ path, text }: TestFile): string[] {
  const problems: string[] = [];
  // Without comments, so that none of them is taken for a statement.
  const sql = text.replaceAll(/--.*$/gm, "").trim();
  const lines = text.trimEnd().split("\n").length;
  const want = (good: boolean, problem: string) => {
    if (!good) problems.push(problem);
  };
  want(
    WANTED_PATH.test(path.slice(TEST_FOLDER.length + 1)),
    `Its path is not ${TEST_FOLDER}/<subject>/<behaviour>.test.sql`,
  );
  want(lines <= MAX_LINES, `It has ${lines} lines, wanted at most ${MAX_LINES}`);
  want(/^begin;/.test(sql), 'It does not start with "begin;"');
  want(
    /select \* from finish\(\);\s*rollback;$/.test(sql),
    'It does not end with "select * from finish(); rollback;"',
  );
  want((sql.match(/^(?:commit|rollback)\b/gm) ?? []).length <= 1, "It ends its transaction early");
  want(/^-- TEST: /m.test(text), 'It says nowhere what it tests: "-- TEST: ..."');
  return problems;
}
