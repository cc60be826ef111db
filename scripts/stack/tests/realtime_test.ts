// The Realtime stand-in, heard through the real supabase-js client in both versions of the protocol.
import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  ALICE,
  BOB,
  deadline,
  Inbox,
  leaveAll,
  listen,
  startFixture,
  subscribe,
} from "./realtime_fixture.ts";

const JOBS = { schema: "public", table: "jobs" };
const inOneHour = () => Math.floor(Date.now() / 1000) + 3600;

Deno.test("startRealtime", async (t) => {
  await using fixture = await startFixture();
  const { realtime, sql } = fixture;

  for (const vsn of ["2.0.0", "1.0.0"] as const) {
    const alice = await fixture.client({ token: await fixture.tokenOf(ALICE), vsn });
    const bob = await fixture.client({ token: await fixture.tokenOf(BOB), vsn });

    await t.step(`postgres_changes ${vsn} tells the owner of an update`, async () => {
      const id = await fixture.addJob(ALICE);
      const filter = `id=eq.${id.toUpperCase()}`;
      const { changes, channel } = await subscribe(alice, {
        topic: `job:${id}`,
        changes: [{ event: "UPDATE", ...JOBS, filter }],
      });
      await sql`update jobs set status = 'DONE', tags = '{a,"b c"}', details = '{"n": 1}', attempt = 2
        where id = ${id}`;
      const { commit_timestamp: committedAt, ...change } = await changes.take();
      assertMatch(committedAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      assertEquals(change, {
        ...JOBS,
        eventType: "UPDATE",
        new: {
          id,
          "user_id": ALICE,
          status: "DONE",
          attempt: 2,
          tags: ["a", "b c"],
          details: { n: 1 },
          "created_at": "2026-01-02T03:04:05.678+00:00",
        },
        old: { id },
        errors: null,
      });
      await alice.removeChannel(channel);
    });

    await t.step(`postgres_changes ${vsn} tells nobody else`, async () => {
      const [hers, his] = [await fixture.addJob(ALICE), await fixture.addJob(BOB)];
      const all = await subscribe(bob, { topic: "all", changes: [{ event: "*", ...JOBS }] });
      const one = await subscribe(bob, {
        topic: "hers",
        changes: [{ event: "*", ...JOBS, filter: `id=eq.${hers}` }, {
          event: "*",
          ...JOBS,
          filter: `id=eq.${his}`,
        }],
      });
      await sql`update jobs set attempt = 1 where id = ${hers}`;
      await sql`update jobs set attempt = 1 where id = ${his}`;
      assertEquals((await all.changes.take()).new.id, his);
      assertEquals((await one.changes.take()).new.id, his);
      await leaveAll(bob);
    });

    await t.step(
      `postgres_changes ${vsn} tells of inserts, and of the key of a delete`,
      async () => {
        const all = await subscribe(alice, { topic: "all", changes: [{ event: "*", ...JOBS }] });
        const id = await fixture.addJob(ALICE);
        const inserted = await all.changes.take();
        assertEquals([inserted.eventType, inserted.new.id, inserted.old], ["INSERT", id, {}]);
        await sql`delete from jobs where id = ${id}`;
        const deleted = await all.changes.take();
        assertEquals([deleted.eventType, deleted.new, deleted.old], ["DELETE", {}, { id }]);
        await alice.removeChannel(all.channel);
      },
    );

    await t.step(
      `broadcast ${vsn} from the database reaches the private topic's owner`,
      async () => {
        const topic = `user:${ALICE}`;
        const mine = await subscribe(alice, { topic, isPrivate: true });
        const open = await subscribe(bob, { topic });
        await sql`select realtime.send('{"n": 1}', 'first', ${topic}, true)`;
        await sql`select realtime.send('{"n": 2, "id": "x"}', 'zweitens ü', ${topic}, false)`;
        await sql`select realtime.send('{"n": 3, "id": "x"}', 'third', ${topic}, true)`;
        const first = await mine.broadcasts.take();
        assertEquals([first.event, first.payload.n], ["first", 1]);
        assertEquals(first.meta, { id: first.payload.id });
        assertEquals((await mine.broadcasts.take()).payload, { n: 3, id: "x" });
        const { event, payload } = await open.broadcasts.take();
        assertEquals([event, payload], ["zweitens ü", { n: 2, id: "x" }]);
        await leaveAll(alice);
        await leaveAll(bob);
      },
    );

    await t.step(`broadcast ${vsn} of a client obeys the write policy`, async () => {
      const topic = `room:${ALICE}`;
      const hers = await subscribe(alice, { topic, isPrivate: true, broadcast: { ack: true } });
      const his = await subscribe(bob, { topic, isPrivate: true, broadcast: { self: true } });
      await his.channel.send({ type: "broadcast", event: "forbidden", payload: {} });
      // Answered once the message before it is done with.
      assertEquals(await his.channel.track({}), "ok");
      const message = { type: "broadcast", event: "allowed", payload: { text: "ü" } } as const;
      assertEquals(await hers.channel.send(message), "ok");
      const { event, payload } = await his.broadcasts.take();
      assertEquals([event, payload], ["allowed", { text: "ü" }]);
      await leaveAll(alice);
      await leaveAll(bob);
    });

    await t.step(`broadcast ${vsn} comes back to its sender only if asked for`, async () => {
      const quiet = await subscribe(alice, { topic: "open" });
      const loud = await subscribe(bob, { topic: "open", broadcast: { self: true } });
      await quiet.channel.send({ type: "broadcast", event: "hers", payload: {} });
      assertEquals((await loud.broadcasts.take()).event, "hers");
      await loud.channel.send({ type: "broadcast", event: "his", payload: {} });
      assertEquals((await loud.broadcasts.take()).event, "his");
      assertEquals((await quiet.broadcasts.take()).event, "his");
      await leaveAll(alice);
      await leaveAll(bob);
    });
  }

  await t.step("broadcast carries bytes in 2.0.0, to nobody who speaks 1.0.0", async () => {
    const token = await fixture.tokenOf(ALICE);
    const [sender, modern, old] = [
      await fixture.client({ token }),
      await fixture.client({ token }),
      await fixture.client({ token, vsn: "1.0.0" }),
    ];
    const [from, to, other] = [
      await subscribe(sender, { topic: "bytes" }),
      await subscribe(modern, { topic: "bytes" }),
      await subscribe(old, { topic: "bytes" }),
    ];
    await from.channel.send({
      type: "broadcast",
      event: "b",
      payload: Uint8Array.of(1, 255).buffer,
    });
    assertEquals(new Uint8Array((await to.broadcasts.take()).payload), Uint8Array.of(1, 255));
    await sql`select realtime.send_binary('\\x00ff', 'db', 'bytes', false)`;
    assertEquals(new Uint8Array((await to.broadcasts.take()).payload), Uint8Array.of(0, 255));
    await from.channel.send({ type: "broadcast", event: "text", payload: {} });
    assertEquals((await other.broadcasts.take()).event, "text");
  });

  await t.step("broadcast over HTTP obeys the write policy", async () => {
    const token = await fixture.tokenOf(ALICE);
    const [alice, bob] = [
      await fixture.client({ token }),
      await fixture.client({ token: await fixture.tokenOf(BOB) }),
    ];
    const topic = `room:${ALICE}`;
    const hers = await subscribe(alice, { topic, isPrivate: true });
    const config = { private: true };
    assertEquals(await bob.channel(topic, { config }).httpSend("forbidden", {}), { success: true });
    assertEquals(await alice.channel("room:x").httpSend("elsewhere", {}), { success: true });
    const sender = await fixture.client({ token });
    assertEquals(await sender.channel(topic, { config }).httpSend("a/b", { n: 1 }), {
      success: true,
    });
    const { event, payload } = await hers.broadcasts.take();
    assertEquals([event, payload], ["a/b", { n: 1 }]);
    const url = `${fixture.url}/realtime/v1/api/broadcast`;
    const refused = await fetch(url, { method: "POST", headers: { apikey: "wrong" }, body: "{}" });
    assertEquals([refused.status, await refused.json()], [401, { message: "Invalid API key" }]);
  });

  await t.step("private join is refused to anon and to another user", async () => {
    const topic = `user:${ALICE}`;
    for (const token of [null, await fixture.tokenOf(BOB)]) {
      const client = await fixture.client({ token });
      const { statuses } = listen(client, { topic, isPrivate: true });
      assertEquals(await statuses.take(), {
        status: "CHANNEL_ERROR",
        message:
          `Unauthorized: You do not have permissions to read from this Channel topic: ${topic}`,
      });
    }
  });

  await t.step(
    "join is refused with a forged, malformed, incomplete or expired token",
    async () => {
      const claims = { sub: ALICE, role: "authenticated", exp: inOneHour() };
      const cases: [string, RegExp][] = [
        [
          await fixture.sign(claims, { secret: "another secret of thirty-two bytes" }),
          /^JwtSignatureError: Failed to validate JWT signature$/,
        ],
        ["not a token", /^MalformedJWT: The token provided is not a valid JWT$/],
        [
          await fixture.sign({ sub: ALICE, role: "authenticated" }),
          /^InvalidJWTToken: Fields `role` and `exp` are required in JWT$/,
        ],
        [await fixture.sign({ ...claims, role: "none" }), /^InvalidJWTToken: Role none/],
        [
          await fixture.sign({ ...claims, exp: inOneHour() - 3660 }),
          /^InvalidJWTToken: Token has expired 6\d seconds ago$/,
        ],
      ];
      for (const [token, reason] of cases) {
        const client = await fixture.client({ token });
        const { status, message } = await listen(client, { topic: "open" }).statuses.take();
        assertEquals(status, "CHANNEL_ERROR");
        assertMatch(message, reason);
      }
    },
  );

  await t.step("handle() refuses a socket with an unknown API key", async () => {
    const url = `${fixture.url}/realtime/v1/websocket?apikey=wrong`;
    const headers = { upgrade: "websocket", connection: "upgrade" };
    const response = await realtime.handle(new Request(url, { headers }));
    assertEquals([response.status, await response.json()], [401, { message: "Invalid API key" }]);
  });

  await t.step("token expiry closes the channel for good", async () => {
    const token = await fixture.sign({
      sub: ALICE,
      role: "authenticated",
      exp: Math.floor(Date.now() / 1000) + 2,
    });
    const client = await fixture.client({ token });
    const { statuses, systems } = await subscribe(client, {
      topic: `user:${ALICE}`,
      isPrivate: true,
    });
    const { status, message } = await systems.take();
    assertEquals(status, "error");
    assertMatch(message, /^InvalidJWTToken: Token has expired \d+ seconds ago$/);
    assertEquals((await statuses.take()).status, "CLOSED");
    assertEquals(client.getChannels(), []);
  });

  await t.step("access_token makes a channel act for the new token", async () => {
    let token = await fixture.tokenOf(ALICE);
    const client = await fixture.client({ token: () => Promise.resolve(token) });
    const all = await subscribe(client, { topic: "all", changes: [{ event: "*", ...JOBS }] });
    token = await fixture.tokenOf(BOB);
    await client.realtime.setAuth();
    assertEquals((await all.systems.take()).message, "Subscribed to PostgreSQL");
    await fixture.addJob(ALICE);
    const his = await fixture.addJob(BOB);
    assertEquals((await all.changes.take()).new.id, his);
  });

  await t.step("access_token closes the channel when it is refused", async () => {
    for (const next of ["not a token", await fixture.tokenOf(BOB)]) {
      let token = await fixture.tokenOf(ALICE);
      const client = await fixture.client({ token: () => Promise.resolve(token) });
      const mine = await subscribe(client, { topic: `user:${ALICE}`, isPrivate: true });
      token = next;
      await client.realtime.setAuth();
      assertMatch((await mine.systems.take()).message, /^(MalformedJWT|Unauthorized): /);
      assertEquals((await mine.statuses.take()).status, "CLOSED");
    }
  });

  await t.step("subscribe in the tick of createClient joins as anon", async () => {
    const token = await fixture.tokenOf(ALICE);
    const client = fixture.rawClient({ token });
    const early = await subscribe(client, { topic: "all", changes: [{ event: "*", ...JOBS }] });
    const id = await fixture.addJob(ALICE);
    const change = await early.changes.take();
    assertEquals([change.new, change.errors], [{}, ["Error 401: Unauthorized"]]);
    await client.removeChannel(early.channel);
    const late = await subscribe(client, { topic: "all", changes: [{ event: "*", ...JOBS }] });
    await sql`update jobs set attempt = 1 where id = ${id}`;
    assertEquals((await late.changes.take()).new.id, id);
  });

  await t.step("heartbeats are answered", async () => {
    const beats = new Inbox<string>("heartbeat");
    const client = await fixture.client({
      token: null,
      heartbeatIntervalMs: 200,
      onHeartbeat: beats.put,
    });
    await subscribe(client, { topic: "open" });
    for (let i = 0; i < 2; i++) await beats.find((status) => status === "ok");
    await client.removeAllChannels();
  });

  await t.step("a socket that does not speak the protocol is closed", async () => {
    for (const frame of ["no JSON", "{}", Uint8Array.of(9)]) {
      const url = `${fixture.url}/realtime/v1/websocket?vsn=2.0.0&apikey=sb_publishable_test`;
      const socket = new WebSocket(url);
      await deadline(new Promise((resolve) => socket.onopen = resolve), "opening");
      const closed = new Promise<CloseEvent>((resolve) => socket.onclose = resolve);
      socket.send(frame);
      assert((await deadline(closed, "closing")).wasClean);
    }
  });

  await t.step("silence() holds events back, and nothing else", async () => {
    const [alice, bob] = [
      await fixture.client({ token: await fixture.tokenOf(ALICE) }),
      await fixture.client({ token: await fixture.tokenOf(BOB) }),
    ];
    const all = await subscribe(alice, { topic: "all", changes: [{ event: "*", ...JOBS }] });
    const sender = await subscribe(bob, { topic: "open", broadcast: { ack: true } });
    realtime.silence(true);
    const open = await subscribe(alice, { topic: "open" });
    const message = { type: "broadcast", payload: {} } as const;
    assertEquals(await sender.channel.send({ ...message, event: "lost" }), "ok");
    realtime.silence(false);
    assertEquals(await sender.channel.send({ ...message, event: "heard" }), "ok");
    assertEquals((await open.broadcasts.take()).event, "heard");
    const id = await fixture.addJob(ALICE);
    assertEquals((await all.changes.take()).new.id, id);
    await leaveAll(alice);
    await leaveAll(bob);
  });

  await t.step(
    "dropAll() and pause(): clients come back by themselves and hear again",
    async () => {
      const client = await fixture.client({ token: await fixture.tokenOf(ALICE) });
      const all = await subscribe(client, { topic: "all", changes: [{ event: "*", ...JOBS }] });
      const mine = await subscribe(client, { topic: `user:${ALICE}`, isPrivate: true });
      realtime.pause(true);
      realtime.dropAll();
      assertMatch((await all.statuses.take()).message, /^socket closed: 1005/);
      assertEquals((await mine.statuses.take()).status, "CHANNEL_ERROR");
      // Refused at least once while it is paused.
      assertEquals(await (await fixture.refusals.take()).json(), { message: "Realtime down" });
      realtime.pause(false);
      await all.statuses.find(({ status }) => status === "SUBSCRIBED");
      await mine.statuses.find(({ status }) => status === "SUBSCRIBED");
      await all.systems.take();
      const id = await fixture.addJob(ALICE);
      await sql`select realtime.send('{}', 'heard', ${`user:${ALICE}`}, true)`;
      assertEquals((await all.changes.take()).new.id, id);
      assertEquals((await mine.broadcasts.take()).event, "heard");
    },
  );

  await fixture.stop();
  await t.step("connections() counts no socket that is gone", () => {
    assertEquals(realtime.connections(), 0);
  });
});
