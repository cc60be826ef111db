// The Data API as a client meets it: who may do what, and how a refusal looks.
import { assertEquals } from "@std/assert";
import { createClient } from "@supabase/supabase-js";
import { startDataApi } from "../data_api.ts";
import { ALICE, BOB, CREDENTIALS, signToken, startDataApiFixture } from "./data_api_fixture.ts";

const FUNCTIONS = `
  create function public.who() returns jsonb language sql stable set search_path = '' as $$
    select jsonb_build_object(
      'role', current_user,
      'claims', current_setting('request.jwt.claims', true)::jsonb,
      'method', current_setting('request.method', true),
      'path', current_setting('request.path', true),
      'headers', current_setting('request.headers', true)::jsonb,
      'timeout', current_setting('statement_timeout', true))
  $$;
  create function public.server_only() returns int language sql stable set search_path = ''
    as $$ select 1 $$;
  revoke all on function public.server_only() from public, anon, authenticated;
  create function public.fail(state text, message text, detail text, hint text) returns void
    language plpgsql stable set search_path = '' as $$
    begin
      raise exception using errcode = fail.state, message = fail.message,
        detail = fail.detail, hint = fail.hint;
    end $$;
  create function public.ring() returns int language plpgsql volatile set search_path = ''
    as $$ begin insert into public.rung values (1); return 1; end $$;
  create function public.sleep(seconds float) returns void language sql volatile
    set search_path = '' as $$ select pg_sleep(seconds) $$;
  create role hasty nologin;
  grant hasty to authenticator;
  alter role hasty set statement_timeout = '20ms';
  grant usage on schema public to hasty;
`;

Deno.test("startDataApi", async (t) => {
  await using fixture = await startDataApiFixture(FUNCTIONS);
  const { anon, service, request } = fixture;
  const [alice, bob] = [await fixture.user(ALICE), await fixture.user(BOB)];

  await t.step("runs as the role of the key or token, with its claims", async () => {
    assertEquals((await anon.rpc("who")).data.role, "anon");
    assertEquals((await service.rpc("who")).data.role, "service_role");
    const { data } = await alice.rpc("who");
    assertEquals([data.role, data.claims.sub, data.claims.role], [
      "authenticated",
      ALICE,
      "authenticated",
    ]);
  });

  await t.step("tells functions about the request, but not its credentials", async () => {
    const { data } = await alice.rpc("who");
    assertEquals([data.method, data.path], ["POST", "/rpc/who"]);
    assertEquals(data.headers["content-type"], "application/json");
    assertEquals([data.headers.apikey, data.headers.authorization], [undefined, undefined]);
  });

  await t.step("leaves nothing of one request to the next on the same connection", async () => {
    const single = await startDataApi({
      databaseUrl: fixture.server.url().replace("supabase_admin@", "authenticator@"),
      credentials: CREDENTIALS,
      connections: 1,
    });
    try {
      const call = async (headers: Record<string, string>) => {
        const init = { method: "POST", headers };
        const answer = await single.fetch(new Request("http://stack.test/rest/v1/rpc/who", init));
        return await answer.json();
      };
      const token = await signToken({ role: "authenticated", sub: ALICE });
      const { publishableKey, secretKey } = CREDENTIALS;
      await call({ apikey: secretKey, authorization: `Bearer ${token}` });
      const after = await call({ apikey: publishableKey });
      assertEquals([after.role, after.claims, after.timeout], ["anon", { role: "anon" }, "3s"]);
    } finally {
      await single.close();
    }
  });

  await t.step("applies the settings of the role it becomes", async () => {
    assertEquals((await alice.rpc("who")).data.timeout, "8s");
    const hasty = await fixture.bearer({ role: "hasty" });
    const { error, status } = await hasty.rpc("sleep", { seconds: 20 });
    assertEquals([error?.code, status], ["57014", 500]);
  });

  await t.step("shows a user only the rows policies give them", async () => {
    const rows = [{ owner: ALICE, title: "a" }, { owner: BOB, title: "b" }];
    assertEquals((await service.from("notes").insert(rows)).status, 201);
    assertEquals((await alice.from("notes").select("title")).data, [{ title: "a" }]);
    assertEquals((await bob.from("notes").select("title")).data, [{ title: "b" }]);
    assertEquals((await service.from("notes").select("title").order("title")).data?.length, 2);
  });

  await t.step("refuses a row a policy does not allow", async () => {
    const { error, status } = await alice.from("notes").insert({ owner: BOB, title: "c" });
    assertEquals([error?.code, status], ["42501", 403]);
    assertEquals(error?.message, 'new row violates row-level security policy for table "notes"');
  });

  await t.step("changes nothing of another user's rows", async () => {
    const { data, status } = await alice.from("notes").delete().eq("title", "b").select();
    assertEquals([data, status], [[], 200]);
    assertEquals((await bob.from("notes").select("title")).data, [{ title: "b" }]);
  });

  await t.step("answers a missing privilege 401 to anon and 403 to others", async () => {
    const refused = await anon.from("notes").select();
    assertEquals([refused.error?.code, refused.status], ["42501", 401]);
    assertEquals(refused.error?.message, "permission denied for table notes");
    assertEquals([(await alice.from("note_links").select()).status], [403]);
    assertEquals((await anon.rpc("server_only")).status, 401);
    const { error, status } = await alice.rpc("server_only");
    assertEquals([error?.code, status], ["42501", 403]);
    assertEquals((await service.rpc("server_only")).data, 1);
  });

  await t.step("minds grants on columns, also of what a write gives back", async () => {
    assertEquals((await anon.from("half_open").select()).status, 401);
    assertEquals((await anon.from("half_open").select("open").eq("closed", "x")).status, 401);
    assertEquals((await anon.from("half_open").insert({ id: 1, closed: "x" })).status, 401);
    assertEquals((await anon.from("half_open").insert({ id: 1, open: "x" })).status, 201);
    const all = await anon.from("half_open").insert({ id: 2, open: "y" }).select();
    assertEquals([all.error?.code, all.status], ["42501", 401]);
    const some = await anon.from("half_open").insert({ id: 2, open: "y" }).select("id,open");
    assertEquals([some.data, some.status], [[{ id: 2, open: "y" }], 201]);
  });

  await t.step("refuses keys and tokens that are not the stack's", async () => {
    const token = await signToken({ role: "service_role" }, { secret: "x".repeat(32) });
    const old = await signToken({ role: "authenticated", sub: ALICE }, { expires: "-1s" });
    for (
      const [headers, message] of [
        [{ apikey: "sb_secret_other" }, "Invalid API key"],
        [{ authorization: `Bearer ${token}` }, "Invalid JWT"],
        [{ authorization: `Bearer ${old}` }, "JWT expired"],
      ] as [Record<string, string>, string][]
    ) {
      const answer = await request("rpc/who", { method: "POST", headers });
      assertEquals(answer.status, 401);
      assertEquals(answer.headers.get("www-authenticate"), "Bearer");
      const body = await answer.json();
      assertEquals(body, { code: "PGRST301", details: null, hint: null, message });
    }
    const none = createClient("http://stack.test", "sb_publishable_other", {
      global: { fetch: (input, init) => fixture.api.fetch(new Request(input as string, init)) },
    });
    assertEquals((await none.rpc("who")).status, 401);
  });

  await t.step("refuses a role that does not exist, and one the login may not become", async () => {
    const unknown = await (await fixture.bearer({ role: "nobody" })).rpc("who");
    assertEquals([unknown.error?.message, unknown.status], ['role "nobody" does not exist', 401]);
    const owner = await (await fixture.bearer({ role: "postgres" })).rpc("who");
    assertEquals([owner.error?.code, owner.status], ["42501", 403]);
  });

  await t.step("gives an error raised by a function as PostgREST does", async () => {
    const fail = async (state: string) => {
      const detail = '{"retry_after_seconds": 7}';
      const { error, status } = await service.rpc("fail", {
        state,
        message: "Too fast",
        detail,
        hint: "Wait",
      });
      assertEquals([error?.message, error?.details, error?.hint], ["Too fast", detail, "Wait"]);
      return [error?.code, status];
    };
    assertEquals(await fail("PX402"), ["PX402", 400]);
    assertEquals(await fail("P0001"), ["P0001", 400]);
    assertEquals(await fail("PT418"), ["PT418", 418]);
    assertEquals(await fail("40001"), ["40001", 500]);
    assertEquals(await fail("40P01"), ["40P01", 500]);
    assertEquals(await fail("P0002"), ["P0002", 500]);
    assertEquals(await fail("53100"), ["53100", 503]);
    assertEquals(await fail("23514"), ["23514", 400]);
  });

  await t.step("answers violated constraints 409 and 400", async () => {
    const again = await service.from("notes").insert({ owner: ALICE, title: "a" });
    assertEquals([again.error?.code, again.status], ["23505", 409]);
    const orphan = await service.from("note_links").insert({ note_id: 99 });
    assertEquals([orphan.error?.code, orphan.status], ["23503", 409]);
    const untitled = await service.from("notes").insert({ owner: ALICE, title: null });
    assertEquals([untitled.error?.code, untitled.status], ["23502", 400]);
    const badly = await service.from("notes").insert({ owner: "x", title: "y" });
    assertEquals([badly.error?.code, badly.status], ["22P02", 400]);
  });

  await t.step("never writes where it should only read", async () => {
    const { error, status } = await service.rpc("ring", {}, { get: true });
    assertEquals([error?.code, status], ["25006", 405]);
    assertEquals((await service.from("rung").select()).data, []);
    assertEquals((await service.rpc("ring")).data, 1);
    assertEquals((await service.from("rung").select()).data, [{ n: 1 }]);
    await service.from("rung").delete().eq("n", 1);
  });

  await t.step("shows only exposed schemas", async () => {
    const { error, status } = await service.schema("private").from("secrets").select();
    assertEquals([error?.code, status], ["PGRST106", 406]);
    assertEquals(error?.message, "Invalid schema: private");
    assertEquals(error?.hint, "Only the following schemas are exposed: public, shown");
    const written = await service.schema("private").from("secrets").insert({ id: 1 });
    assertEquals(written.error?.code, "PGRST106");
    const titles = await anon.schema("shown").from("titles").select().order("title");
    assertEquals(titles.data, [{ title: "a" }, { title: "b" }]);
    assertEquals((await anon.schema("shown").from("notes").select()).error?.code, "PGRST205");
  });

  await t.step("cannot be talked into other statements by names and values", async () => {
    const nasty = `x'; drop table public.rung; --\\'`;
    const name = `rung"; drop table public.rung; --`;
    const title = { owner: ALICE, title: nasty };
    assertEquals((await service.from("notes").insert(title)).status, 201);
    const found = await service.from("notes").select("title").eq("title", nasty);
    assertEquals(found.data, [{ title: nasty }]);
    assertEquals((await service.from(name).select()).status, 404);
    assertEquals((await service.from("notes").select().eq(name, 1)).status, 400);
    assertEquals((await service.rpc(name, { [name]: nasty })).status, 404);
    assertEquals((await service.from("rung").select()).data, []);
  });

  await t.step("answers other paths and methods as PostgREST does", async () => {
    assertEquals((await (await request("")).json()).code, "PGRST126");
    assertEquals((await (await request("a/b/c")).json()).code, "PGRST125");
    assertEquals((await (await request("%E0%A4%A")).json()).code, "PGRST125");
    const put = await request("notes", { method: "PUT", body: "{}" });
    assertEquals([put.status, (await put.json()).code], [400, "PGRST127"]);
    const removed = await request("rpc/who", { method: "DELETE" });
    assertEquals([removed.status, (await removed.json()).code], [405, "PGRST101"]);
    const csv = await request("notes", { headers: { accept: "text/csv" } });
    assertEquals([csv.status, (await csv.json()).code], [406, "PGRST107"]);
  });
});

Deno.test("startDataApi says why it cannot start", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const databaseUrl = `postgresql://authenticator@127.0.0.1:${port}/postgres`;
  const error = await startDataApi({ databaseUrl, credentials: CREDENTIALS }).catch((it) => it);
  assertEquals(
    error.message.replace(String(port), "PORT"),
    "Cannot start the Data API: the database cannot be used: connect ECONNREFUSED 127.0.0.1:PORT",
  );
});
