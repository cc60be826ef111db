/**
 * Writes the database's TypeScript types, as the Supabase CLI reads them from the migrated schema.
 *
 * Run: `deno task gen:types`; with `--check` nothing is written, and exit 1 tells that the committed
 * file differs.
 */
import { print } from "./demo/status_line.ts";
import { formatText } from "./format_text.ts";
import { runSupabaseCli } from "./stack/supabase_cli.ts";
import { startTestServer } from "./stack/test_database.ts";

const ROOT = new URL("../", import.meta.url);
/** The generated file, relative to the checkout. */
export const TYPES_FILE = "supabase/functions/_shared/db/types.ts";

const HEADER = `// Generated from the migrations by "deno task gen:types"; not to be edited.
// deno-lint-ignore-file

`;

/**
 * Gives the text of the types file for schema public of a migrated database.
 *
 * @throws {Error} With the CLI's own words when it fails.
 */
export async function generateTypes(databaseUrl: string): Promise<string> {
  const { code, stdout, stderr } = await runSupabaseCli(
    ["gen", "types", "--lang", "typescript", "--schema", "public", `--remote=${databaseUrl}`],
  );
  if (code !== 0) throw new Error(`"supabase gen types" failed with exit code ${code}:\n${stderr}`);
  return await formatText(HEADER + stdout.trim() + "\n", "ts");
}

/**
 * Compares the committed types with those of a migrated database.
 *
 * @throws {Error} When they differ, with the first line that does and the command that cures it.
 */
export async function checkTypes(databaseUrl: string): Promise<void> {
  const committed = await Deno.readTextFile(new URL(TYPES_FILE, ROOT)).catch(() => "");
  const wanted = await generateTypes(databaseUrl);
  if (committed === wanted) return;
  const [have, want] = [committed.split("\n"), wanted.split("\n")];
  const index = want.findIndex((line, number) => line !== have[number]);
  const line = index < 0 ? want.length : index;
  throw new Error(
    `${TYPES_FILE}:${line + 1} differs from the migrations: run "deno task gen:types"\n` +
      `  current: ${have[line]?.trim() ?? "the end of the file"}\n` +
      `  wanted:  ${want[line]?.trim() ?? "the end of the file"}`,
  );
}

async function main(): Promise<void> {
  const test = await startTestServer();
  try {
    const url = test.server.url(test.template);
    if (Deno.args.includes("--check")) {
      await checkTypes(url);
      print(`${TYPES_FILE} agrees with the migrations\n`);
    } else {
      await Deno.writeTextFile(new URL(TYPES_FILE, ROOT), await generateTypes(url));
      print(`${TYPES_FILE} written\n`);
    }
  } catch (error) {
    print(`${error instanceof Error ? error.message : error}\n`);
    Deno.exitCode = 1;
  } finally {
    await test.stop();
  }
}

if (import.meta.main) await main();
