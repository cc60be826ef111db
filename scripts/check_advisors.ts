/**
 * Asks the Supabase CLI's advisors (its database linter) about the migrated schema.
 *
 * Run: `deno run -A scripts/check_advisors.ts`; exit 1 lists what it says of our objects at WARN or
 * ERROR. Before that the migrations are pushed a second time, which has to change nothing.
 */
import { print } from "./demo/status_line.ts";
import { applyMigrations } from "./stack/migrate.ts";
import { runSupabaseCli } from "./stack/supabase_cli.ts";
import { startTestServer } from "./stack/test_database.ts";

/** The part of a finding that is looked at. */
export interface Advice {
  name: string;
  level: string;
  detail: string;
  remediation: string;
  metadata?: { schema?: string };
}

/** Schemas whose objects are the platform's: not ours to change. */
const PLATFORM_SCHEMAS = new Set([
  ...["auth", "storage", "realtime", "vault", "net", "cron", "extensions", "graphql"],
  ...["graphql_public", "pgbouncer", "supabase_functions", "supabase_migrations"],
]);

/**
 * Lists what the advisors say of our objects at WARN or ERROR.
 *
 * @throws {Error} When the CLI fails or answers something else than a list.
 */
export async function findAdvice(
  databaseUrl: string,
  options: { env?: Readonly<Record<string, string>> } = {},
): Promise<Advice[]> {
  const { code, stdout, stderr } = await runSupabaseCli(
    ["db", "advisors", "--level=warn", "--output-format=json", `--remote=${databaseUrl}`],
    options,
  );
  const results = code === 0 ? JSON.parse(stdout)?.results : undefined;
  if (!Array.isArray(results)) {
    throw new Error(`"supabase db advisors" failed with exit code ${code}:\n${stderr || stdout}`);
  }
  return ownAdvice(results);
}

/** Leaves out what is below WARN and what is said of the platform's objects. */
export function ownAdvice(advice: readonly Advice[]): Advice[] {
  return advice.filter(({ level, metadata }) =>
    level !== "INFO" && !PLATFORM_SCHEMAS.has(metadata?.schema ?? "")
  );
}

/** @throws {Error} When the advisors have something to say of our objects, with all of it. */
export async function checkAdvisors(databaseUrl: string): Promise<void> {
  const advice = await findAdvice(databaseUrl);
  if (advice.length === 0) return;
  const lines = advice.map(({ name, level, detail, remediation }) =>
    `  ${level} ${name}: ${detail}\n    ${remediation}`
  );
  throw new Error(`The advisors report ${advice.length} problems:\n${lines.join("\n")}`);
}

async function main(): Promise<void> {
  const test = await startTestServer();
  try {
    const url = test.server.url(test.template);
    await applyMigrations(url);
    await checkAdvisors(url);
    print("The advisors have nothing to say\n");
  } catch (error) {
    print(`${error instanceof Error ? error.message : error}\n`);
    Deno.exitCode = 1;
  } finally {
    await test.stop();
  }
}

if (import.meta.main) await main();
