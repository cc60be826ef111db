/** Applies the migrations the database does not have: `supabase db push`. */
import { cliEnvironment } from "../../doctor/deployment.ts";
import type { Step } from "../step.ts";

/** See the head of this file. */
export const migrations: Step = {
  name: "migrations",
  async plan({ env, sql, cli, sources: { migrations: known } }) {
    const [table] = await sql`
      select to_regclass('supabase_migrations.schema_migrations') is not null as is_there`;
    const rows = table?.is_there
      ? await sql<{ version: string }[]>`select version from supabase_migrations.schema_migrations`
      : [];
    const applied = new Set(rows.map(({ version }) => version));
    const foreign = [...applied].filter((version) => !known.includes(version));
    if (foreign.length > 0) {
      throw new Error(
        `The database has migrations this checkout does not know: ${foreign.join(", ")}. ` +
          "A later commit was deployed: check it out",
      );
    }
    const missing = known.filter((version) => !applied.has(version));
    return {
      changes: missing.map((version) => `apply migration ${version}`),
      async apply() {
        const { url, password } = withoutPassword(env("DATABASE_URL") ?? "");
        await cli(["db", "push", `--remote=${url}`], {
          ...cliEnvironment(url),
          ...(password === undefined ? {} : { PGPASSWORD: password }),
        });
      },
    };
  },
};

/** The password apart: arguments are in every list of processes. */
function withoutPassword(databaseUrl: string): { url: string; password?: string } {
  const url = new URL(databaseUrl);
  if (url.password === "") return { url: databaseUrl };
  const password = decodeURIComponent(url.password);
  url.password = "";
  return { url: url.href, password };
}
