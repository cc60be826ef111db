/** pg_cron's jobs name the database they run in: those of a copied database still name the one it was copied from. */
import postgres from "postgres";

/** Lets the jobs of a copied database run in the copy. */
export async function ownSchedules(databaseUrl: string): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} });
  try {
    await sql`update cron.job set database = current_database()`;
  } finally {
    await sql.end();
  }
}
