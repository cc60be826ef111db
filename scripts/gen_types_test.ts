// The committed types against a schema they are not of.
import { assertRejects, assertStringIncludes } from "@std/assert";
import postgres from "postgres";
import { cloneDatabase } from "../supabase/functions/tests/database.ts";
import { checkTypes, TYPES_FILE } from "./gen_types.ts";

Deno.test("checkTypes() names the first line that differs and the cure", async () => {
  await using database = await cloneDatabase();
  const sql = postgres(database.url, { max: 1 });
  await sql`alter table public.users add column shoe_size integer not null default 40`;
  await sql.end();
  const error = await assertRejects(() => checkTypes(database.url), Error);
  assertStringIncludes(error.message, `${TYPES_FILE}:`);
  assertStringIncludes(error.message, 'differs from the migrations: run "deno task gen:types"');
  assertStringIncludes(error.message, '"shoe_size": number;');
});
