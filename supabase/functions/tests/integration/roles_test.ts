// Every table, view and function, by the real supabase-js, as nobody, as its owner and as somebody else.
// What there is comes from the catalog: a new table or function is covered the day it is made.
import { assert, assertEquals } from "@std/assert";
import type { PostgrestError, SupabaseClient } from "@supabase/supabase-js";
import { parse } from "@std/toml";
import { required } from "../required.ts";
import {
  fingerprint,
  readFunctions,
  readRelations,
  readSchemas,
  type Relation,
} from "./catalog.ts";
import { addTwoUsers, type Project, startProject } from "./project.ts";

/** Somebody who asks. */
interface Caller {
  name: string;
  client: SupabaseClient;
  /** Of a user who is logged in. */
  id: string | null;
  token: string | null;
}

let project: Project;
let callers: Caller[];
let exposed: Relation[];

Deno.test.beforeAll(async () => {
  project = await startProject();
  const { alice, bob } = await addTwoUsers(project);
  callers = [
    { name: "anon", client: await project.client(null), id: null, token: null },
    { name: "alice", client: await project.client(alice.token), ...alice },
    { name: "bob", client: await project.client(bob.token), ...bob },
  ];
  exposed = await readRelations(project.backend.sql, await readExposedSchemas());
});
Deno.test.afterAll(async () => await project?.[Symbol.asyncDispose]());

/** What `supabase start` and a hosted project expose. */
async function readExposedSchemas(): Promise<string[]> {
  const path = new URL("../../../config.toml", import.meta.url);
  const { api } = parse(await Deno.readTextFile(path)) as { api: { schemas: string[] } };
  return api.schemas;
}

/** By convention: the user's own id, or the row's `user_id`. */
function ownerColumn({ name, columns }: Relation): string | undefined {
  return name === "users" ? "id" : columns.find((column) => column === "user_id");
}

/** Postgres' refusal, in PostgREST's form, and nothing else. */
function assertDenied(
  { data, error, status }: { data: unknown; error: PostgrestError | null; status: number },
  what: string,
): void {
  assertEquals([data, error?.code], [null, "42501"], what);
  assert(status === 401 || status === 403, `${what}: status ${status}`);
}

/** Tables of the shop, whose rows are everybody's to read. */
const SHARED = new Set(["prices"]);

Deno.test("the API exposes schema public alone, as the stack's does", async () => {
  assertEquals(await readExposedSchemas(), ["public"]);
  const others = (await readSchemas(project.backend.sql)).filter((name) => name !== "public");
  for (const name of ["admin", "pgmq", "private", "vault"]) assert(others.includes(name), name);
  for (const { client, name: caller } of callers) {
    for (const schema of others) {
      const { data, error } = await client.schema(schema).from("users").select("*");
      assertEquals([data, error?.code], [null, "PGRST106"], `${caller} in ${schema}`);
      const { error: call } = await client.schema(schema).rpc("sweep");
      assertEquals(call?.code, "PGRST106", `${caller} calls in ${schema}`);
    }
  }
});

Deno.test("anon reads no table and no view", async () => {
  assert(exposed.length >= 3);
  const { client } = required(callers[0]);
  for (const { name, columns } of exposed) {
    assertDenied(await client.from(name).select("*"), name);
    for (const column of columns) assertDenied(await client.from(name).select(column), column);
    const counted = await client.from(name).select("*", { head: true, count: "exact" });
    assertEquals([counted.count, counted.status], [null, 401], name);
  }
});

Deno.test("a user reads the own rows whole by select('*'), and nobody else's", async () => {
  const readable: string[] = [];
  for (const { client, id, name: caller } of callers.slice(1)) {
    for (const relation of exposed) {
      const { name, columns } = relation;
      const answer = await client.from(name).select("*", { count: "exact" });
      if (answer.error !== null) {
        assertDenied(answer, name);
        continue;
      }
      readable.push(`${caller} ${name}`);
      if (SHARED.has(name)) continue;
      const owner = required(ownerColumn(relation), `column of ${name} that says whose a row is`);
      const [own] = await project.backend.sql`
        select count(*)::int from public.${project.backend.sql(name)}
        where ${project.backend.sql(owner)} = ${id}`;
      assert(own?.count > 0, `${caller} has no row in ${name}: nothing was tested`);
      assertEquals(answer.data.map((row) => row[owner]), Array(own?.count).fill(id), name);
      assertEquals(answer.count, own?.count);
      for (const row of answer.data) assertEquals(Object.keys(row).sort(), [...columns].sort());
    }
  }
  for (const name of ["credit_ledger", "generations", "users"]) {
    for (const caller of ["alice", "bob"]) assert(readable.includes(`${caller} ${name}`), name);
  }
});

Deno.test("no filter, order, count or range brings another user's row", async () => {
  const [, alice, bob] = callers.map((caller) => required(caller));
  const { client } = required(bob);
  for (const relation of exposed) {
    const ask = () => client.from(relation.name).select("*", { count: "exact" });
    if ((await ask()).error !== null || SHARED.has(relation.name)) continue;
    const owner = required(ownerColumn(relation), "column that says whose a row is");
    for (
      const [what, asked] of [
        ["eq", ask().eq(owner, alice?.id)],
        ["neq", ask().neq(owner, bob?.id)],
        ["or", ask().or(`${owner}.eq.${alice?.id},${owner}.neq.${bob?.id}`)],
        ["not", ask().not(owner, "in", `(${bob?.id})`)],
        ["in", ask().in(owner, [alice?.id])],
      ] as const
    ) {
      const { data, count, error } = await asked;
      assertEquals([data, count, error], [[], 0, null], `${relation.name} ${what}`);
    }
    const { data } = await ask().order(owner).range(0, 99);
    assertEquals(new Set(data?.map((row) => row[owner])), new Set([bob?.id]));
  }
});

Deno.test("nobody inserts, updates, upserts or deletes a row of any table", async () => {
  const { sql } = project.backend;
  const before = await fingerprint(sql, exposed);
  for (const { client, name: caller } of callers) {
    for (const { name, columns, settable } of exposed) {
      const what = `${caller} ${name}`;
      const [first = ""] = columns;
      const row = Object.fromEntries(settable.map((column) => [column, null]));
      const table = () => client.from(name);
      assertDenied(await table().insert({}), `${what} insert`);
      assertDenied(await table().insert(row), `${what} insert a whole row`);
      assertDenied(await table().upsert(row), `${what} upsert`);
      assertDenied(await table().delete().not(first, "is", null), `${what} delete`);
      for (const column of settable) {
        const update = table().update({ [column]: null }).not(first, "is", null);
        assertDenied(await update, `${what} update of ${column}`);
      }
    }
  }
  assertEquals(await fingerprint(sql, exposed), before);
});

Deno.test("nobody calls a function", async () => {
  const { sql } = project.backend;
  const functions = await readFunctions(sql, await readExposedSchemas());
  for (const name of ["submit_generations", "login_user", "claim_generations"]) {
    assert(functions.some((each) => each.name === name), name);
  }
  const everything = await readRelations(sql, ["public", "private", "pgmq"]);
  const before = await fingerprint(sql, everything);
  for (const { client, name: caller } of callers) {
    for (const { name, nulls } of functions) {
      const answer = await client.rpc(name, nulls);
      assertDenied(answer, `${caller} calls ${name}`);
      // Not from inside: the function itself is refused.
      assertEquals(answer.error?.message, `permission denied for function ${name}`);
    }
  }
  assertEquals(await fingerprint(sql, everything), before);
});

Deno.test("what is not exposed is refused also where somebody exposes it", async () => {
  const { sql } = project.backend;
  const schemas = ["admin", "cron", "pgmq", "private", "supabase_migrations", "vault"];
  const url = await project.expose(schemas);
  const relations = await readRelations(sql, schemas);
  const functions = await readFunctions(sql, schemas);
  assertEquals(new Set(relations.map(({ schema }) => schema)), new Set(schemas));
  for (const { name: caller, token } of callers) {
    const headers = {
      apikey: project.publishableKey,
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    };
    for (const { schema, name } of relations) {
      const response = await fetch(`${url}/rest/v1/${name}?select=*`, {
        headers: { ...headers, "accept-profile": schema },
      });
      assertEquals((await response.json()).code, "42501", `${caller} reads ${schema}.${name}`);
    }
    for (const { schema, name, nulls } of functions) {
      const response = await fetch(`${url}/rest/v1/rpc/${name}`, {
        method: "POST",
        headers: { ...headers, "content-profile": schema, "content-type": "application/json" },
        body: JSON.stringify(nulls),
      });
      const { code } = await response.json();
      // PGRST203: one of several functions of that name, none of which was called.
      const isRefused = code === "42501" || code === "PGRST203";
      assert(isRefused, `${caller} calls ${schema}.${name}: ${code}`);
    }
  }
});
