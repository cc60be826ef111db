/** Runs one pgTAP file in a session of its own and tells what became of it. */
import postgres from "postgres";
import { readTap } from "./read_tap.ts";
import { checkForm, type TestFile } from "./test_file.ts";

/** How a file ended. */
export interface FileResult {
  path: string;
  passed: number;
  /** Failed tests, or 1 when the file failed otherwise. */
  failed: number;
  /** What to show, a line each. */
  problems: string[];
}

/** Runs a file's statements and reads what they give. Its transaction leaves nothing behind. */
export async function runFile(file: TestFile, databaseUrl: string): Promise<FileResult> {
  const form = checkForm(file);
  if (form.length > 0) return { path: file.path, passed: 0, failed: 1, problems: form };
  const values: string[] = [];
  const warnings: string[] = [];
  const sql = postgres(databaseUrl, {
    max: 1,
    onnotice: ({ severity, message }) => {
      if (severity === "WARNING") warnings.push(`WARNING: ${message}`);
    },
  });
  let error: string | undefined;
  try {
    // Row by row: what came before an error is told too.
    await sql.unsafe(file.text).forEach((row: postgres.Row) => {
      const [value, ...others] = Object.values(row);
      if (typeof value === "string" && others.length === 0) values.push(value);
    });
  } catch (cause) {
    error = describe(cause, file);
  } finally {
    await sql.end();
  }
  const { passed, failed, problems } = readTap(values);
  if (error !== undefined) problems.push(error);
  // Such as a broadcast that could not be sent.
  problems.push(...warnings);
  const failures = problems.length > 0 ? Math.max(failed, 1) : failed;
  return { path: file.path, passed, failed: failures, problems };
}

/** "ERROR 42P01 at supabase/tests/a/b.test.sql:12: relation ... does not exist", with what Postgres adds. */
function describe(cause: unknown, file: TestFile): string {
  if (!(cause instanceof postgres.PostgresError)) throw cause;
  const { code, message, detail, hint, where, position } = cause;
  const line = position === undefined
    ? ""
    : ` at ${file.path}:${file.text.slice(0, Number(position)).split("\n").length}`;
  return [`ERROR ${code}${line}: ${message}`, detail, hint, where]
    .filter((part) => part !== undefined)
    .join("\n");
}
