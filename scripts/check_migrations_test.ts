// Each rule of the migration check, by a text that breaks it and one that does not.
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { findProblems, readSqlHouse } from "./check_migrations.ts";

const PATH = "supabase/schemas/40_queue/functions/add_one.sql";
const MIGRATION = { path: "supabase/migrations/20260101000000_one.sql", text: "select 1;" };
const FUNCTION = `-- Adds one.
create function private.add_one(n integer) returns integer
language sql
security invoker
set search_path = ''
as $$ select n + 1 $$;
`;

function problemsOf(text: string): string[] {
  const path = text.includes("create function private.add_one") ? PATH : "supabase/schemas/a/b.sql";
  return findProblems({ schemas: [{ path, text }], migrations: [MIGRATION] });
}

function withBody(body: string): string {
  return FUNCTION.replace("select n + 1", body);
}

Deno.test("findProblems() accepts a migration as it should be", () => {
  assertEquals(problemsOf(FUNCTION), []);
});

Deno.test("findProblems() accepts the project's own files", async () => {
  const house = await readSqlHouse(new URL("../", import.meta.url));
  assert(house.schemas.length > 50);
  assertEquals(findProblems(house), []);
});

Deno.test("findProblems() names file, line and what is wanted", () => {
  assertEquals(problemsOf("-- One.\nselect 1;\nreset role;\n"), [
    "supabase/schemas/a/b.sql:3: A change of role breaks a passwordless db push, " +
    "wanted the role that migrates",
  ]);
});

Deno.test("findProblems() refuses migrations whose names are no version, or the version of another", () => {
  const problemsOfNames = (...names: string[]) =>
    findProblems({
      schemas: [{ path: PATH, text: FUNCTION }],
      migrations: names.map((name) => ({ path: `supabase/migrations/${name}`, text: "select 1;" })),
    });
  for (const name of ["1_one.sql", "20260101000000-one.sql", "20260101000000_One.sql", "one.sql"]) {
    assertStringIncludes(problemsOfNames(name).join(), "YYYYMMDDHHMMSS_<what changed>.sql");
  }
  const problems = problemsOfNames("20260101000000_one.sql", "20260101000000_two.sql");
  assertEquals(problems.length, 1);
  assertStringIncludes(problems[0] ?? "", 'the version of "20260101000000_one.sql"');
});

Deno.test("findProblems() refuses in a migration what a hosted project refuses", () => {
  const migrations = [{ ...MIGRATION, text: "create role worker;" }];
  const [problem = ""] = findProblems({ schemas: [{ path: PATH, text: FUNCTION }], migrations });
  assertStringIncludes(problem, "20260101000000_one.sql:1: A matter of the server");
});

Deno.test("findProblems() refuses a schema file that is not named for its one object", () => {
  const schemas = [{ path: PATH.replace("add_one", "add_two"), text: FUNCTION }];
  const [problem = ""] = findProblems({ schemas, migrations: [MIGRATION] });
  assertStringIncludes(
    problem,
    "It makes function add_one, wanted the one it is named for, add_two",
  );
});

Deno.test("findProblems() without any file finds that", () => {
  assertEquals(findProblems({ schemas: [], migrations: [] }), [
    "supabase/migrations: no migration found",
    "supabase/schemas: no schema file found",
  ]);
});

const BAD: [what: string, text: string, message: string][] = [
  ["no header", "select 1;", "No header"],
  ["151 lines", `-- Long.\n${"select 1;\n".repeat(150)}`, "151 lines, wanted at most 150"],
  ["an upper-case keyword", "-- X.\nSELECT 1;", '"SELECT" is in upper case'],
  ["one in a function's body", withBody("select N + 1"), '"N" is in upper case'],
  ["two functions", FUNCTION + FUNCTION, "A second function"],
  ["no search_path", FUNCTION.replace("set search_path = ''\n", ""), "search_path"],
  [
    "another search_path",
    FUNCTION.replace("search_path = ''", "search_path = public"),
    "search_path",
  ],
  ["no security clause", FUNCTION.replace("security invoker\n", ""), "security invoker"],
  ["definer without reason", FUNCTION.replace("invoker", "definer"), "without its reason"],
  ["an extension's version", "-- X.\ncreate extension pgmq version '1.5';", "A version"],
  ["an extension's update", "-- X.\nalter extension pgmq update;", "A version"],
  ["set role", "-- X.\nset local role postgres;", "A change of role"],
  [
    "a revoke without effect",
    "-- X.\nalter default privileges in schema private revoke execute on functions from public;",
    'the form without "in schema"',
  ],
  [
    "a table of realtime",
    "-- X.\nalter table realtime.messages add n int;",
    "schema of the platform",
  ],
  [
    "a function in auth",
    "-- X.\ncreate or replace function auth.uid() returns uuid",
    "schema of the",
  ],
  [
    "a schema of the platform",
    "-- X.\nalter schema realtime owner to postgres;",
    "A change of a schema",
  ],
  [
    "a trigger on auth",
    "-- X.\ncreate trigger t after insert on auth.users",
    "A trigger on a table",
  ],
  ["a write to realtime", withBody("insert into realtime.messages (topic) values ('')"), "send()"],
  [
    "Realtime's publication",
    "-- X.\nalter publication supabase_realtime_messages_publication add table a;",
    "Realtime's own publication",
  ],
  ["a new publication", "-- X.\ncreate publication supabase_realtime;", "add table"],
  ["a comment on a policy", "-- X.\ncomment on policy a on b is '';", "A comment on a policy"],
  ["a role", "-- X.\ncreate role worker;", "A matter of the server"],
  ["a transaction", "-- X.\nbegin;\nselect 1;\ncommit;", "no transaction of its own"],
  ["a concurrent index", "-- X.\ncreate index concurrently on a (b);", "the plain form"],
  ["a newer pgmq function", withBody("select pgmq.read_grouped('q', 1, 1)"), "read_grouped()"],
  ["pgmq notifications", "-- X.\nselect pgmq.enable_notify_insert('q');", "enable_notify_insert()"],
  ["pgmq topics", withBody("select pgmq.send_topic('a', '{}')"), "send_topic()"],
  ["set_vt of many", withBody("select pgmq.set_vt('q', array[1, 2], 0)"), "wanted set_vt(queue"],
  ["pop of many", withBody("select pgmq.pop('q', 2)"), "pop(queue)"],
  [
    "an update of all",
    withBody("update a.b set c = (select d from e where f)"),
    "An update without",
  ],
  [
    "a delete of all",
    withBody("with x as (delete from a.b) select 1 where true"),
    "A delete without",
  ],
];

for (const [what, text, message] of BAD) {
  Deno.test(`findProblems() refuses ${what}`, () => {
    const problems = problemsOf(text);
    assertEquals(problems.length >= 1, true);
    assertStringIncludes(problems.join("\n"), message);
  });
}

const GOOD: [what: string, text: string][] = [
  ["upper case in strings and comments", withBody("select 'A ''B'' C' -- D\n, \"E\"")],
  ["definer with a reason", FUNCTION.replace("invoker", "definer -- reads Vault")],
  ["forbidden words in comments", "-- reset role; begin;\nselect 1; /* alter system */"],
  [
    "revokes from roles in a schema",
    "-- X.\nalter default privileges in schema public revoke execute on functions from anon;",
  ],
  ["an upsert", withBody("insert into a (b) values (1) on conflict (b) do update set c = 1")],
  [
    "updates with a where clause",
    withBody("update a.b as c set d = 1 where e; delete from f where g"),
  ],
  [
    "a policy of the platform alone",
    "-- X.\ncreate policy p on realtime.messages for select using (true);",
  ],
  [
    "a table of ours in the publication",
    "-- X.\nalter publication supabase_realtime add table public.generations;",
  ],
];

for (const [what, text] of GOOD) {
  Deno.test(`findProblems() accepts ${what}`, () => assertEquals(problemsOf(text), []));
}
