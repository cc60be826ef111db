/** The worker takes WORKER_SECRET, and nothing else; its metrics can be read. */
import type { Check } from "../check.ts";
import { ok, wrong } from "../finding.ts";

/** See the head of this file. */
export const workerSecret: Check = {
  name: "worker_secret",
  needs: ["SUPABASE_URL", "WORKER_SECRET"],
  cure: "SUPABASE_URL is the project's API URL (dashboard, Connect)",
  async run({ env, fetch }) {
    const url = `${env("SUPABASE_URL")}/functions/v1/worker/metrics`;
    const ask = async (apikey: string) => {
      const response = await fetch(url, { headers: { apikey } });
      const text = await response.text();
      return { status: response.status, isWhole: text.endsWith("# EOF\n") };
    };
    const right = await ask(env("WORKER_SECRET") ?? "");
    if (right.status === 401) {
      return [wrong(
        "The worker refuses WORKER_SECRET (401)",
        "supabase secrets set WORKER_SECRET=<the one of your env file> (or deno task deploy)",
      )];
    }
    if (right.status !== 200 || !right.isWhole) {
      return [wrong(
        `The metrics answer ${right.status}`,
        "See the function's log (dashboard, Edge Functions → worker → Logs), and the check migrations",
      )];
    }
    const foreign = await ask("not-the-secret-of-this-worker");
    if (foreign.status !== 401) {
      return [wrong(
        `The worker takes a wrong secret (${foreign.status}, wanted 401)`,
        "Deploy the function worker from this checkout: supabase functions deploy worker",
      )];
    }
    return [ok("the worker takes WORKER_SECRET alone, and shows its metrics")];
  },
};
