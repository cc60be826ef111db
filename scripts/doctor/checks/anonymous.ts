/** The Data API shows a stranger nothing, and nobody the schemas that are not the API's. */
import type { Check } from "../check.ts";
import { type Finding, ok, wrong } from "../finding.ts";

const TABLES = ["generations", "users", "credit_ledger", "prices"];

/** See the head of this file. */
export const anonymous: Check = {
  name: "anonymous",
  needs: ["SUPABASE_URL", "SUPABASE_PUBLISHABLE_KEY"],
  cure: "SUPABASE_URL and SUPABASE_PUBLISHABLE_KEY are in the dashboard, Settings → API Keys",
  async run({ env, fetch }) {
    const apikey = env("SUPABASE_PUBLISHABLE_KEY") ?? "";
    const base = `${env("SUPABASE_URL")}/rest/v1`;
    const ask = async (path: string, headers: Record<string, string> = {}) => {
      const response = await fetch(`${base}/${path}`, { headers: { apikey, ...headers } });
      return { status: response.status, body: await response.text() };
    };
    const findings: Finding[] = [];
    for (const table of TABLES) {
      const { status, body } = await ask(`${table}?limit=1`);
      if (status === 401 && !body.includes("42501")) {
        return [wrong(
          "The Data API does not know SUPABASE_PUBLISHABLE_KEY",
          "Copy it from the dashboard, Settings → API Keys (sb_publishable_…)",
        )];
      }
      if (status === 401 || status === 403) continue;
      findings.push(wrong(
        `Anybody may ask for public.${table} (${status}, wanted 401)`,
        `revoke all on table public.${table} from anon; then look who granted it`,
      ));
    }
    for (const schema of ["private", "admin"]) {
      const { status } = await ask("settings?limit=1", { "accept-profile": schema });
      if (status === 406) continue;
      findings.push(wrong(
        `The schema ${schema} is exposed (${status}, wanted 406)`,
        `Dashboard, Settings → Data API → Exposed schemas: remove ${schema}`,
      ));
    }
    return findings.length > 0 ? findings : [ok("a stranger reads nothing of the Data API")];
  },
};
