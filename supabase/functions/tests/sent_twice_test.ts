/** Requests the network stack sends again although they were executed: nobody pays, or logs in, twice. */
import { assertEquals } from "@std/assert";
import postgres from "postgres";
import { cloneDatabase, type ClonedDatabase } from "./database.ts";
import { submitOne } from "./submissions.ts";

const HASHES = ["a", "b", "c"].map((letter) => letter.repeat(64));

async function withDatabase(test: (sql: postgres.Sql) => Promise<void>): Promise<void> {
  await using database: ClonedDatabase = await cloneDatabase();
  const sql = postgres(database.url, { max: 4, onnotice: () => {} });
  try {
    await test(sql);
    assertEquals([...await sql`select * from admin.ledger_violations`], []);
  } finally {
    await sql.end();
  }
}

async function logIn(sql: postgres.Sql, hash = HASHES[0] ?? "") {
  const [row] = await sql`
    select public.login_user(1, 'Test', null, null, null, null, false, ${hash}) as login`;
  return row?.login;
}

Deno.test("submit_generations sent twice makes one generation and one charge", () =>
  withDatabase(async (sql) => {
    const { user } = await logIn(sql);
    const id = crypto.randomUUID();
    const submit = () => submitOne(sql, user.id, { generation_id: id });
    const [first, second] = await Promise.all([submit(), submit()]);
    assertEquals(first.id, id);
    assertEquals(second, first);
    const [row] = await sql`
      select credits, (select count(*)::int from public.generations) as rows from public.users`;
    assertEquals([row?.credits, row?.rows], [19, 1]);
  }));

Deno.test("login_user sent twice opens one session", () =>
  withDatabase(async (sql) => {
    assertEquals(await logIn(sql), await logIn(sql));
    const [row] = await sql`select count(*)::int as sessions from private.sessions`;
    assertEquals(row?.sessions, 1);
  }));

Deno.test("refresh_session sent twice at once keeps the session", () =>
  withDatabase(async (sql) => {
    await logIn(sql);
    const refresh = async (token = "", next = "") => {
      const [row] = await sql`select public.refresh_session(${token}, ${next}) as answer`;
      return row?.answer.outcome;
    };
    const [first, second, third] = HASHES;
    const outcomes = await Promise.all([1, 2, 3].map(() => refresh(first, second)));
    assertEquals(outcomes, ["refreshed", "refreshed", "refreshed"]);
    assertEquals(await refresh(second, third), "refreshed");
  }));
