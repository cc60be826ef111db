/** Applies `supabase/migrations` to a database as a deployment would: by the CLI's `db push`. */
import { runSupabaseCli } from "./supabase_cli.ts";

export { runSupabaseCli } from "./supabase_cli.ts";

/**
 * Applies the migrations the database does not have yet. No seed, no roles file.
 *
 * @param options.workdir The folder that holds `supabase/`. Default: this checkout.
 * @throws {Error} With the CLI's own words when a migration fails.
 */
export async function applyMigrations(
  databaseUrl: string,
  options: { workdir?: string } = {},
): Promise<void> {
  const { code, stdout, stderr } = await runSupabaseCli(
    ["db", "push", `--remote=${databaseUrl}`],
    options,
  );
  if (code !== 0) {
    const words = [stderr.trim(), stdout.trim()].filter((text) => text !== "").join("\n");
    throw new Error(`"supabase db push" failed with exit code ${code}:\n${words}`);
  }
}
