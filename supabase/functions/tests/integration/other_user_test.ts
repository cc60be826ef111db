// Another user's generation: not by GET, not by supabase-js, not by Realtime, heard or spoken.
import { assertEquals } from "@std/assert";
import type { SupabaseClient } from "@supabase/supabase-js";
import { listen, subscribe } from "../../../../scripts/stack/tests/realtime_fixture.ts";
import { addTwoUsers, type Project, startProject, type TwoUsers } from "./project.ts";

let project: Project;
let users: TwoUsers;
let alice: SupabaseClient;
let bob: SupabaseClient;

Deno.test.beforeAll(async () => {
  project = await startProject();
  users = await addTwoUsers(project);
  [alice, bob] = [
    await project.client(users.alice.token),
    await project.client(users.bob.token),
  ];
});
Deno.test.afterAll(async () => await project?.[Symbol.asyncDispose]());

const UPDATES = { event: "UPDATE", schema: "public", table: "generations" };

/** Submits as a user and lets it be generated; its changes reach Realtime in this order. */
async function generate(token: string): Promise<string> {
  const response = await project.backend.send("generation", {
    method: "POST",
    token,
    body: { prompt: "a fox", quality: "low" },
  });
  const { id } = await response.json();
  await project.backend.work();
  return id;
}

Deno.test("GET answers another user's generation as one that is not there", async () => {
  const { token } = users.bob;
  const strange = await project.backend.send(`generation/${users.generations.alice}`, { token });
  const unknown = await project.backend.send(`generation/${crypto.randomUUID()}`, { token });
  const [{ request_id: _, ...one }, { request_id: __, ...other }] = [
    await strange.json(),
    await unknown.json(),
  ];
  assertEquals([strange.status, unknown.status], [404, 404]);
  assertEquals(one, other);
  const { items } = await (await project.backend.send("generation", { token })).json();
  assertEquals(items.map((item: { id: string }) => item.id), [users.generations.bob]);
});

Deno.test("supabase-js gives another user's generation to nobody", async () => {
  const id = users.generations.alice;
  const one = await bob.from("generations").select("*").eq("id", id).maybeSingle();
  assertEquals([one.data, one.error], [null, null]);
  const ledger = await bob.from("credit_ledger").select("*").eq("generation_id", id);
  assertEquals(ledger.data, []);
  const own = await alice.from("generations").select("id").eq("id", id).single();
  assertEquals(own.data, { id });
});

Deno.test("a deleted generation is hidden from its owner too", async () => {
  const id = await generate(users.alice.token);
  const { token } = users.alice;
  const removed = await project.backend.send(`generation/${id}`, { method: "DELETE", token });
  assertEquals(removed.status, 200);
  const { data } = await alice.from("generations").select("id").eq("id", id);
  assertEquals(data, []);
});

Deno.test("Realtime lets nobody join another user's private topic", async () => {
  const topic = `user:${users.alice.id}`;
  for (const client of [bob, await project.client(null)]) {
    const { channel, statuses } = listen(client, { topic, isPrivate: true });
    const { status, message } = await statuses.take();
    assertEquals(status, "CHANNEL_ERROR");
    assertEquals(
      message.replaceAll('"', ""),
      `Unauthorized: You do not have permissions to read from this Channel topic: ${topic}`,
    );
    await client.removeChannel(channel);
  }
});

Deno.test("the private topic brings its owner every status; a public one of its name nothing", async () => {
  const topic = `user:${users.alice.id}`;
  const hers = await subscribe(alice, { topic, isPrivate: true });
  const spy = await subscribe(bob, { topic });
  const own = await subscribe(bob, { topic: `user:${users.bob.id}`, isPrivate: true });
  const id = await generate(users.alice.token);
  const seen = [];
  for (let news = 0; news < 2; news++) {
    const { event, payload } = await hers.broadcasts.take();
    seen.push([event, payload.id, payload.status]);
  }
  assertEquals(seen, [["generation", id, "PROCESSING"], ["generation", id, "COMPLETED"]]);
  // What Bob hears of his own comes after what he must not have heard.
  const second = await generate(users.bob.token);
  assertEquals((await own.broadcasts.take()).payload.id, second);
  assertEquals([spy.broadcasts.size, hers.broadcasts.size], [0, 0]);
  for (const { channel } of [hers, spy, own]) await channel.unsubscribe();
});

Deno.test("postgres_changes brings the owner every status, and nobody else a row", async () => {
  const { token } = users.alice;
  const response = await project.backend.send("generation", {
    method: "POST",
    token,
    body: { prompt: "a fox", quality: "low" },
  });
  const { id } = await response.json();
  const filtered = { ...UPDATES, filter: `id=eq.${id}` };
  const hers = await subscribe(alice, { topic: `generation:${id}`, changes: [filtered] });
  const spies = [];
  const changes = [filtered, { ...UPDATES, event: "*" }];
  for (const client of [bob, await project.client(null)]) {
    // Anon has no right to the filter's column, and is told so; it must not hear anything either way.
    spies.push(listen(client, { topic: `generation:${id}`, changes }));
  }
  for (const spy of spies) await spy.systems.take();
  await project.backend.work();
  assertEquals((await hers.changes.take()).new.status, "PROCESSING");
  assertEquals((await hers.changes.take()).new.status, "COMPLETED");
  const own = await generate(users.bob.token);
  const heard = [(await spies[0]?.changes.take())?.new.id];
  assertEquals(heard, [own]);
  // A refused change comes without its row.
  while (spies[1] !== undefined && spies[1].changes.size > 0) {
    const { new: row, old } = await spies[1].changes.take();
    assertEquals([row, old], [{}, {}]);
  }
  for (const { channel } of [hers, ...spies]) await channel.unsubscribe();
});

Deno.test("nobody speaks on a user's private topic: news come from the database alone", async () => {
  const topic = `user:${users.alice.id}`;
  const hers = await subscribe(alice, { topic, isPrivate: true });
  const forged = {
    event: "generation",
    payload: { id: users.generations.alice, status: "FAILED" },
  };
  const open = await subscribe(bob, { topic });
  await open.channel.send({ type: "broadcast", ...forged });
  await hers.channel.send({ type: "broadcast", ...forged });
  for (const token of [null, users.bob.token, users.alice.token]) {
    for (const isPrivate of [true, false]) {
      const response = await fetch(`${project.url}/realtime/v1/api/broadcast`, {
        method: "POST",
        headers: {
          apikey: project.publishableKey,
          "content-type": "application/json",
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify({ messages: [{ topic, ...forged, private: isPrivate }] }),
      });
      await response.body?.cancel();
    }
  }
  const id = await generate(users.alice.token);
  const { payload } = await hers.broadcasts.take();
  assertEquals([payload.id, payload.status], [id, "PROCESSING"]);
  for (const { channel } of [hers, open]) await channel.unsubscribe();
});
