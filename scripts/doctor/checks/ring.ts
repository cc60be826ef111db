/** A ring as the database rings: from Vault through pg_net to the worker, and its answer. */
import type postgres from "postgres";
import type { Check } from "../check.ts";
import { type Finding, ok, wrong } from "../finding.ts";

const WAIT_MS = 15_000;
const POLL_MS = 200;

/** See the head of this file. */
export const ring: Check = {
  name: "ring",
  needs: ["DATABASE_URL"],
  cure: "create extension pg_net; then supabase db push",
  async run({ sql }) {
    const [sent] = await sql<{ id: string | null }[]>`
      select net.http_post(
        url => u.decrypted_secret, body => '{}'::jsonb, timeout_milliseconds => 10000,
        headers => jsonb_build_object(
          'content-type', 'application/json', 'apikey', s.decrypted_secret, 'x-ring', 'doctor')) as id
      from vault.decrypted_secrets as u, vault.decrypted_secrets as s
      where u.name = 'worker_url' and s.name = 'worker_secret'`;
    if (!sent?.id) {
      return [wrong("The worker cannot be rung: Vault does not say where", "See the check vault")];
    }
    return [judge(await waitForAnswer(sql, sent.id))];
  },
};

interface Answer {
  status: number | null;
  timedOut: boolean | null;
  error: string | null;
}

async function waitForAnswer(sql: postgres.Sql, id: string): Promise<Answer | undefined> {
  for (let waited = 0; waited < WAIT_MS; waited += POLL_MS) {
    const [answer] = await sql<Answer[]>`
      select status_code as status, timed_out as "timedOut", error_msg as error
      from net._http_response where id = ${id}`;
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return undefined;
}

function judge(answer: Answer | undefined): Finding {
  if (answer === undefined) {
    return wrong(
      `pg_net has not sent a ring within ${WAIT_MS / 1000} s`,
      "select net.worker_restart(); where that does not help: restart the database",
    );
  }
  const { status, timedOut, error } = answer;
  if (status === 202) return ok("the worker answers the database's ring");
  if (status === 401) {
    return wrong(
      "The worker refuses the database's ring (401)",
      "The Vault secret worker_secret and WORKER_SECRET of the function differ: deno task deploy sets both",
    );
  }
  if (status === 404) {
    return wrong(
      "Nothing is at worker_url (404)",
      "supabase functions deploy worker; and see the check vault for the address",
    );
  }
  if (status !== null) {
    return wrong(
      `The worker answers the database's ring with ${status}`,
      "See the function's log: dashboard, Edge Functions → worker → Logs; a missing setting stops its start",
    );
  }
  return wrong(
    `The database cannot reach the worker: ${timedOut ? "no answer in time" : error ?? "unknown"}`,
    "The Vault secret worker_url must be an address the database can reach: see the check vault",
  );
}
