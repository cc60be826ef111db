/** The extensions the schema stands on, and their versions. */
import type { Check } from "../check.ts";
import { ok, warning, wrong } from "../finding.ts";

/** The oldest versions this project was run with. */
const WANTED: Readonly<Record<string, string>> = {
  pgmq: "1.4.4",
  pg_net: "0.8.0",
  pg_cron: "1.6",
  supabase_vault: "0.2.8",
};

/** See the head of this file. */
export const extensions: Check = {
  name: "extensions",
  needs: ["DATABASE_URL"],
  cure: "supabase db push",
  async run({ sql }) {
    const rows = await sql<{ name: string; version: string }[]>`
      select extname as name, extversion as version from pg_extension`;
    const versions = new Map(rows.map(({ name, version }) => [name, version]));
    const findings = Object.entries(WANTED).flatMap(([name, wanted]) => {
      const version = versions.get(name);
      if (version === undefined) {
        return [wrong(
          `The extension ${name} is missing`,
          `create extension ${name}; (dashboard, Database → Extensions), then supabase db push`,
        )];
      }
      if (compare(version, wanted) >= 0) return [];
      return [warning(
        `${name} is ${version}, older than ${wanted}, the oldest that was tried`,
        "Upgrade the project: dashboard, Settings → Infrastructure",
      )];
    });
    if (findings.length > 0) return findings;
    return [ok(Object.keys(WANTED).map((name) => `${name} ${versions.get(name)}`).join(", "))];
  },
};

/** Compares versions number by number. */
export function compare(one: string, other: string): number {
  const [a, b] = [one, other].map((version) => version.split(".").map(Number));
  for (let n = 0; n < Math.max(a?.length ?? 0, b?.length ?? 0); n++) {
    const difference = (a?.[n] ?? 0) - (b?.[n] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
