// The seed of `supabase start`: the worker's address and the secret its functions get.
import { assertEquals } from "@std/assert";
import postgres from "postgres";
import { cloneDatabase } from "../../../supabase/functions/tests/database.ts";

const ROOT = new URL("../../../", import.meta.url);

Deno.test("seed.sql sets both Vault secrets, again and again", async () => {
  const seed = await Deno.readTextFile(new URL("supabase/seed.sql", ROOT));
  const example = await Deno.readTextFile(new URL("supabase/functions/.env.example", ROOT));
  const workerSecret = /^WORKER_SECRET=(.+)$/m.exec(example)?.[1];
  await using database = await cloneDatabase();
  const sql = postgres(database.url, { max: 1 });
  try {
    await sql.unsafe(seed);
    await sql`select vault.update_secret(id, 'changed') from vault.secrets`;
    await sql.unsafe(seed);
    const rows = await sql`
      select name, decrypted_secret from vault.decrypted_secrets order by name
    `.values();
    assertEquals([...rows], [
      ["worker_secret", workerSecret],
      ["worker_url", "http://api.supabase.internal:8000/functions/v1/worker"],
    ]);
  } finally {
    await sql.end();
  }
});
