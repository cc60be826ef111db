// For the tests of the embedded Postgres: one session, some statements.
import postgres from "postgres";
import type { Postgres } from "../postgres.ts";

/** Runs statements in a session of their own; gives the rows of the last. */
export async function query(
  server: Postgres,
  text: string,
  database = "postgres",
  role = "supabase_admin",
): Promise<postgres.Row[]> {
  const sql = postgres(server.url(database, role), { max: 1, onnotice: () => undefined });
  try {
    const result = await sql.unsafe(text);
    return (Array.isArray(result[0]) ? result.at(-1) : result) as unknown as postgres.Row[];
  } finally {
    await sql.end();
  }
}
