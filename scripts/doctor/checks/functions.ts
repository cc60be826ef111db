/** Each function of the checkout is deployed and starts. */
import type { Check } from "../check.ts";
import { type Finding, ok, wrong } from "../finding.ts";

/** See the head of this file. */
export const functions: Check = {
  name: "functions",
  needs: ["SUPABASE_URL"],
  cure: "SUPABASE_URL is the project's API URL (dashboard, Connect)",
  async run({ env, fetch, sources }) {
    const base = `${env("SUPABASE_URL")}/functions/v1`;
    const judged = await Promise.all(sources.functions.map(async (name) => {
      // No function has anything under this path; one that runs says so in its own words.
      const response = await fetch(`${base}/${name}/doctor/asks`, {
        method: "OPTIONS",
        redirect: "manual",
      });
      await response.body?.cancel();
      return judge(name, response);
    }));
    const findings = judged.filter((finding) => finding !== undefined);
    return findings.length > 0 ? findings : [ok(`${sources.functions.join(", ")} answer`)];
  },
};

function judge(name: string, { status, headers }: Response): Finding | undefined {
  // The platform's own answers have none.
  if (headers.has("x-request-id") && status < 500) return undefined;
  if (status === 404) {
    return wrong(`The function ${name} is not deployed`, `supabase functions deploy ${name}`);
  }
  if (status === 401) {
    return wrong(
      `The gateway asks for a JWT before ${name}`,
      `supabase functions deploy ${name} from this checkout: config.toml has verify_jwt = false`,
    );
  }
  return wrong(
    `The function ${name} does not start (${status})`,
    `Its log says which setting is wrong (dashboard, Edge Functions → ${name} → Logs); see the check settings, then supabase secrets set`,
  );
}
