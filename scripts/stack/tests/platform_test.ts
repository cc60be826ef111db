// The bare Supabase project in a database, and the extensions a migration may create in it.
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import postgres from "postgres";
import { preparePlatform } from "../platform.ts";
import { startPostgres } from "../postgres.ts";
import { query } from "./postgres_fixture.ts";

Deno.test("preparePlatform", async (t) => {
  const server = await startPostgres();
  try {
    await preparePlatform(server);
    await preparePlatform(server);
    await server.createDatabase("project", { template: "template1", owner: "postgres" });
    const run = (text: string) => query(server, text, "project", "postgres");
    const messageOf = async (text: string) => (await assertRejects(() => run(text), Error)).message;

    await t.step("postgres is no superuser, and owns what a migration may change", async () => {
      const [row] = await run(
        "select rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls " +
          "from pg_roles where rolname = current_user",
      );
      assertEquals({ ...row }, {
        rolsuper: false,
        rolcreaterole: true,
        rolcreatedb: true,
        rolreplication: true,
        rolbypassrls: true,
      });
      await run("create policy p on realtime.messages for select to authenticated using (false)");
      await run("drop policy p on realtime.messages");
      await run("select pgmq.create('own'); select pgmq.drop_queue('own')");
      for (
        const forbidden of [
          "create table realtime.own ()",
          "update cron.job set active = false",
          "insert into vault.secrets (secret) values ('x')",
          "create role own superuser",
          "alter table auth.users add column own int",
        ]
      ) {
        assertMatch(await messageOf(forbidden), /permission denied|must be owner|does not exist/);
      }
    });

    await t.step("a new table is granted to nobody, a new function to the API roles", async () => {
      await run(
        "create table public.secrets (id int); create function public.f() returns int " +
          "language sql as 'select 1'; revoke execute on function public.f() from public",
      );
      for (const role of ["anon", "authenticated", "service_role"]) {
        const message = await messageOf(`set role ${role}; select * from public.secrets`);
        assertMatch(message, /permission denied for table secrets/);
        await run(`set role ${role}; select public.f()`);
      }
    });

    await t.step("auth.uid() and auth.role() read the claims; null without", async () => {
      const sub = "0b6a8f9e-6a0c-4f0e-9d5c-3f0f7f0f7f0f";
      const claims = JSON.stringify({ sub, role: "authenticated", session_id: "s" });
      const read =
        "select auth.uid() as uid, auth.role() as role, auth.jwt()->>'session_id' as session";
      const [row] = await run(`set role anon; set request.jwt.claims = '${claims}'; ${read}`);
      assertEquals({ ...row }, { uid: sub, role: "authenticated", session: "s" });
      assertEquals({ ...(await run(read))[0] }, { uid: null, role: null, session: null });
    });

    await t.step("realtime.send() stores a message with an id", async () => {
      await run(`select realtime.send('{"a":1}', 'e', 't')`);
      const [row] = await run(
        "select topic, event, private, extension, " +
          "payload->>'id' = id::text as same, payload->'a' as a from realtime.messages",
      );
      assertEquals({ ...row }, {
        topic: "t",
        event: "e",
        private: true,
        extension: "broadcast",
        same: true,
        a: 1,
      });
    });

    await t.step("realtime.send() without an INSERT policy warns and sends nothing", async () => {
      const notices: string[] = [];
      const sql = postgres(server.url("project"), {
        max: 1,
        onnotice: (notice) => notices.push(notice.message ?? ""),
      });
      await sql.unsafe("set role authenticated; select realtime.send('{}', 'e', 'forbidden')");
      await sql.end();
      assertMatch(notices.join(), /WarnSendingBroadcastMessage: .*row-level security/);
      assertEquals(
        (await run("select from realtime.messages where topic = 'forbidden'")).length,
        0,
      );
    });

    await t.step(
      "broadcast_changes() sends both records, and refuses statement triggers",
      async () => {
        const call = (level: string) =>
          "select realtime.broadcast_changes('rows', 'UPDATE', 'UPDATE', 't', 'public', " +
          `row(1, 'b'), row(1, 'a'), '${level}')`;
        await run(call("ROW"));
        const [row] = await run(
          "select payload - 'id' as payload from realtime.messages " +
            "where topic = 'rows'",
        );
        assertEquals(row?.["payload"], {
          operation: "UPDATE",
          table: "t",
          schema: "public",
          record: { f1: 1, f2: "b" },
          old_record: { f1: 1, f2: "a" },
        });
        assertMatch(await messageOf(call("STATEMENT")), /for each row/);
      },
    );

    await t.step("publications are an empty one and the messages'", async () => {
      const rows = await run(
        "select pubname, schemaname || '.' || tablename as name " +
          "from pg_publication left join pg_publication_tables using (pubname) order by 1",
      );
      assertEquals(rows.map((row) => ({ ...row })), [
        { pubname: "supabase_realtime", name: null },
        { pubname: "supabase_realtime_messages_publication", name: "realtime.messages" },
      ]);
    });

    await t.step("extensions install as Supabase's documentation writes it", async () => {
      await run(
        "create extension if not exists pg_net with schema extensions; " +
          "create extension if not exists pg_cron with schema pg_catalog; " +
          "create extension if not exists supabase_vault with schema vault; " +
          "create extension if not exists pgmq; " +
          "grant usage on schema cron to authenticated",
      );
    });

    await t.step("vault functions keep secrets from the API roles but service_role", async () => {
      await run("select vault.create_secret('first', 'name', 'about')");
      await run("select vault.update_secret(id, 'second') from vault.secrets where name = 'name'");
      const read = "select decrypted_secret, description from vault.decrypted_secrets";
      const [row] = await run(`set role service_role; ${read}`);
      assertEquals({ ...row }, { decrypted_secret: "second", description: "about" });
      assertMatch(await messageOf(`set role authenticated; ${read}`), /permission denied/);
    });

    await t.step("net.http_post() encodes parameters and wants a JSON content type", async () => {
      await run(
        `select net.http_post('http://h/p?z=1', '{"b":2}', '{"a b":"ü&"}', '{"X-Ring":"1"}')`,
      );
      const [row] = await run(
        "select method, url, headers, convert_from(body, 'UTF8') as body, " +
          "timeout_milliseconds as timeout from net.http_request_queue",
      );
      assertEquals({ ...row }, {
        method: "POST",
        url: "http://h/p?z=1&a%20b=%C3%BC%26",
        headers: { "X-Ring": "1", "Content-Type": "application/json" },
        body: '{"b": 2}',
        timeout: 5000,
      });
      assertMatch(
        await messageOf(
          `select net.http_post('http://h', headers => '{"content-type":"text/plain"}')`,
        ),
        /Content-Type header must be/,
      );
    });

    await t.step(
      "cron.schedule() changes the job of that name and refuses a bad schedule",
      async () => {
        await run("select cron.schedule('job', '10 seconds', 'select 1')");
        await run("select cron.schedule('job', '*/5 0-6,22 $ jan mon-fri', 'select 2')");
        const rows = await run("select schedule, command, username, active from cron.job");
        assertEquals(rows.map((row) => ({ ...row })), [{
          schedule: "*/5 0-6,22 $ jan mon-fri",
          command: "select 2",
          username: "postgres",
          active: true,
        }]);
        for (
          const bad of ["60 seconds", "0 seconds", "* * * *", "60 * * * *", "* * * * * *", "x"]
        ) {
          assertMatch(
            await messageOf(`select cron.schedule('${bad}', 'select 1')`),
            /invalid schedule/,
          );
        }
      },
    );

    await t.step(
      "cron is closed to the API roles, unschedule() refuses an unknown job",
      async () => {
        assertMatch(
          await messageOf("set role authenticated; select cron.schedule('* * * * *', '')"),
          /denied/,
        );
        await run("select cron.unschedule('job')");
        assertMatch(await messageOf("select cron.unschedule('job')"), /could not find valid entry/);
        assertEquals((await run("select from cron.job")).length, 0);
      },
    );
  } finally {
    await server.stop();
  }
});
