/** The migrations that were applied are those of the checkout. */
import type { Check } from "../check.ts";
import { ok, wrong } from "../finding.ts";

/** See the head of this file. */
export const migrations: Check = {
  name: "migrations",
  needs: ["DATABASE_URL"],
  cure: "supabase db push",
  async run({ sql, sources }) {
    const [known] = await sql`
      select to_regclass('supabase_migrations.schema_migrations') is not null as is_there`;
    const rows = known?.is_there
      ? await sql<{ version: string }[]>`select version from supabase_migrations.schema_migrations`
      : [];
    const applied = new Set(rows.map(({ version }) => version));
    const missing = sources.migrations.filter((version) => !applied.has(version));
    const foreign = [...applied].filter((version) => !sources.migrations.includes(version));
    return [
      ...missing.length === 0 ? [] : [wrong(
        `${missing.length} of ${sources.migrations.length} migrations are missing: ${
          missing.join(", ")
        }`,
        "supabase db push (or deno task deploy)",
      )],
      ...foreign.length === 0 ? [] : [wrong(
        `The database has migrations this checkout does not know: ${foreign.sort().join(", ")}`,
        "Check out the commit that was deployed last: git pull",
      )],
      ...missing.length + foreign.length > 0
        ? []
        : [ok(`all ${sources.migrations.length} are applied`)],
    ];
  },
};
