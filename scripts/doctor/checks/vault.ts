/** The two Vault secrets by which the database finds the worker. */
import type { Check } from "../check.ts";
import { isLocal } from "../deployment.ts";
import { type Finding, ok, warning, wrong } from "../finding.ts";

/** See the head of this file. */
export const vault: Check = {
  name: "vault",
  needs: ["DATABASE_URL", "SUPABASE_URL"],
  cure: "create extension supabase_vault; then supabase db push",
  async run({ sql, env }) {
    const rows = await sql<{ name: string; value: string }[]>`
      select name, decrypted_secret as value from vault.decrypted_secrets
      where name in ('worker_url', 'worker_secret')`;
    const value = (name: string) => rows.find((row) => row.name === name)?.value;
    const wantedUrl = `${env("SUPABASE_URL")}/functions/v1/worker`;
    const findings = [
      ...judgeUrl(value("worker_url"), wantedUrl),
      ...judgeSecret(value("worker_secret"), env("WORKER_SECRET")),
    ];
    return findings.length > 0 ? findings : [ok("worker_url and worker_secret are set")];
  },
};

function judgeUrl(url: string | undefined, wanted: string): Finding[] {
  if (url === undefined) {
    return [wrong(
      "The Vault secret worker_url is missing: nothing wakes the worker",
      `select vault.create_secret('${wanted}', 'worker_url'); (or deno task deploy)`,
    )];
  }
  if (url === wanted) return [];
  const update =
    `select vault.update_secret((select id from vault.secrets where name = 'worker_url'), '${wanted}');`;
  // Of a database in a container the same worker has another address.
  return [
    isLocal(wanted) ? warning(`worker_url is ${url}`, update) : wrong(
      `worker_url is ${url}, wanted ${wanted}`,
      update,
    ),
  ];
}

function judgeSecret(secret: string | undefined, wanted: string | undefined): Finding[] {
  if (secret === undefined) {
    return [wrong(
      "The Vault secret worker_secret is missing: nothing wakes the worker",
      "select vault.create_secret('<WORKER_SECRET of the functions>', 'worker_secret'); (or deno task deploy)",
    )];
  }
  if (wanted === undefined || wanted === secret) return [];
  return [wrong(
    "The Vault secret worker_secret differs from WORKER_SECRET",
    "select vault.update_secret((select id from vault.secrets where name = 'worker_secret'), '<WORKER_SECRET of the functions>'); (or deno task deploy)",
  )];
}
