/** Tells the database where the worker is: two Vault secrets. */
import type { Step } from "../step.ts";

/** See the head of this file. */
export const vault: Step = {
  name: "vault",
  async plan({ env, secrets, sql }) {
    const wanted = {
      worker_url: `${env("SUPABASE_URL")?.replace(/\/+$/, "")}/functions/v1/worker`,
      worker_secret: secrets.WORKER_SECRET ?? "",
    };
    const [table] = await sql`select to_regclass('vault.secrets') is not null as is_there`;
    const rows = table?.is_there
      ? await sql<{ id: string; name: string; value: string }[]>`
        select id, name, decrypted_secret as value from vault.decrypted_secrets
        where name in ('worker_url', 'worker_secret')`
      : [];
    const known = new Map(rows.map((row) => [row.name, row]));
    const changed = Object.entries(wanted).filter(([name, value]) =>
      known.get(name)?.value !== value
    );
    return {
      changes: changed.map(([name]) =>
        `${known.has(name) ? "change" : "create"} Vault secret ${name}`
      ),
      async apply() {
        for (const [name, value] of changed) {
          const id = known.get(name)?.id;
          if (id === undefined) await sql`select vault.create_secret(${value}, ${name})`;
          else await sql`select vault.update_secret(${id}, ${value})`;
        }
      },
    };
  },
};
