// The Realtime stand-in when Postgres goes away: streams, joins and clients come back by themselves.
import { assertEquals, assertRejects } from "@std/assert";
import { startRealtime } from "../realtime.ts";
import { RefusedError } from "../realtime/identity.ts";
import { admit, readJoin, type Service } from "../realtime/joins.ts";
import {
  ALICE,
  CREDENTIALS,
  type Fixture,
  type Listener,
  startFixture,
  subscribe,
} from "./realtime_fixture.ts";

const JOBS = { schema: "public", table: "jobs" };

/** Sees both channels joining again, and hearing again. */
async function assertRecovers(fixture: Fixture, all: Listener, mine: Listener): Promise<void> {
  for (const { statuses } of [all, mine]) {
    assertEquals((await statuses.take()).status, "CHANNEL_ERROR");
    await statuses.find(({ status }) => status === "SUBSCRIBED");
  }
  assertEquals((await all.systems.take()).message, "Subscribed to PostgreSQL");
  const id = await fixture.addJob(ALICE);
  assertEquals((await all.changes.take()).new.id, id);
  await fixture.sql`select realtime.send('{}', 'heard', ${`user:${ALICE}`}, true)`;
  assertEquals((await mine.broadcasts.take()).event, "heard");
}

Deno.test("startRealtime, when Postgres goes away,", async (t) => {
  await using fixture = await startFixture();
  const client = await fixture.client({ token: await fixture.tokenOf(ALICE) });
  const all = await subscribe(client, { topic: "all", changes: [{ event: "*", ...JOBS }] });
  const mine = await subscribe(client, { topic: `user:${ALICE}`, isPrivate: true });

  await t.step("makes channels join again after the loss of the stream", async () => {
    await fixture.sql`select pg_terminate_backend(pid) from pg_stat_activity
      where backend_type = 'walsender'`;
    await assertRecovers(fixture, all, mine);
  });

  for (const mode of ["fast", "immediate"] as const) {
    await t.step(`makes channels join again after a restart (${mode})`, async () => {
      await fixture.server.restart(mode);
      await assertRecovers(fixture, all, mine);
    });
  }

  await t.step("close() leaves no connection and no replication slot", async () => {
    await client.removeAllChannels();
    await fixture.realtime.close();
    // Postgres ends a session a moment after its connection.
    const left = async () =>
      (await fixture.sql`select from pg_replication_slots`).length +
      (await fixture.sql`select from pg_stat_activity
        where backend_type in ('client backend', 'walsender') and pid <> pg_backend_pid()`).length;
    const deadline = Date.now() + 60_000;
    while (await left() > 0 && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assertEquals(await left(), 0);
  });

  await t.step("startRealtime() names the publications that are missing", async () => {
    await fixture.server.createDatabase("bare", { template: "template0" });
    await assertRejects(
      () => startRealtime({ databaseUrl: fixture.server.url("bare"), credentials: CREDENTIALS }),
      Error,
      'Cannot follow the publication "supabase_realtime", "supabase_realtime_messages_publication"',
    );
  });
});

Deno.test("admit() refuses joins while nothing is streamed", async () => {
  const frame = { joinRef: "1", ref: "1", topic: "realtime:a", event: "phx_join", payload: {} };
  const service = { isLive: () => false } as Service;
  const identity = { role: "anon", claims: "{}", key: "anon {}", expiresAt: null, token: null };
  const context = { service, opener: { identity, headers: {} } };
  await assertRejects(
    () => admit(frame, readJoin(frame), context),
    RefusedError,
    "InitializingProjectConnection: Realtime is initializing the project connection",
  );
});
