// The advisors are really asked: a table they complain of is found, the platform's are left out.
import { assertEquals, assertRejects } from "@std/assert";
import postgres from "postgres";
import { cloneDatabase } from "../supabase/functions/tests/database.ts";
import { checkAdvisors, findAdvice, ownAdvice } from "./check_advisors.ts";

Deno.test("findAdvice() finds a table without row level security", async () => {
  await using database = await cloneDatabase();
  const sql = postgres(database.url, { max: 1 });
  await sql`create table public.open ()`;
  await sql`grant select on public.open to anon`;
  await sql.end();
  const advice = await findAdvice(database.url);
  assertEquals(advice.map(({ name, level }) => `${level} ${name}`), [
    "ERROR rls_disabled_in_public",
  ]);
});

Deno.test("checkAdvisors() throws when the database does not answer", async () => {
  await assertRejects(
    () => checkAdvisors("postgresql://postgres@127.0.0.1:1/none"),
    Error,
    '"supabase db advisors" failed',
  );
});

Deno.test("ownAdvice() leaves out the platform's objects and what is below WARN", () => {
  const advice = (level: string, schema?: string) => ({
    name: "x",
    level,
    detail: "",
    remediation: "",
    ...(schema === undefined ? {} : { metadata: { schema } }),
  });
  const own = [advice("WARN", "public"), advice("ERROR", "pgmq"), advice("WARN")];
  assertEquals(ownAdvice([...own, advice("INFO", "public"), advice("ERROR", "auth")]), own);
});
