/** Tells the database where the worker is: the two Vault secrets an operator sets on a hosted project. */
import postgres from "postgres";

/** Creates or replaces Vault secrets, by name. */
export async function setVaultSecrets(
  databaseUrl: string,
  secrets: Readonly<Record<string, string>>,
): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} });
  try {
    for (const [name, secret] of Object.entries(secrets)) {
      const [known] = await sql`select id from vault.secrets where name = ${name}`;
      if (known === undefined) await sql`select vault.create_secret(${secret}, ${name})`;
      else await sql`select vault.update_secret(${known.id}, ${secret})`;
    }
  } finally {
    await sql.end();
  }
}
