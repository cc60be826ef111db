// The Data API while Postgres is away, and after it came back.
import { assert, assertEquals } from "@std/assert";
import { startDataApi } from "../data_api.ts";
import { CREDENTIALS, startDataApiFixture, until } from "./data_api_fixture.ts";

const FUNCTIONS = `
  create function public.ring(n int) returns int language sql volatile set search_path = ''
    as $$ insert into public.rung values (n) returning n $$;
  create function public.wait_for(key int) returns int language plpgsql volatile
    set search_path = ''
    as $$ begin insert into public.rung values (key); perform pg_advisory_xact_lock(key);
      return key; end $$;
  create function public.waiting() returns int language sql volatile set search_path = ''
    as $$ select count(*)::int from pg_locks where locktype = 'advisory' and not granted $$;
`;

for (const mode of ["fast", "immediate"] as const) {
  Deno.test(`startDataApi answers 503 while Postgres restarts (${mode}), then works`, async () => {
    await using fixture = await startDataApiFixture(FUNCTIONS);
    const { service, server, sql } = fixture;
    assertEquals((await service.rpc("ring", { n: 1 })).data, 1);
    const holding = await sql("select pg_advisory_lock(7)");
    assertEquals(holding.length, 1);
    const interrupted = service.rpc("wait_for", { key: 7 }).then((it) => it);
    await until("the call waits", async () => (await service.rpc("waiting")).data === 1);

    let restarted = false;
    const restart = server.restart(mode).then(() => restarted = true);
    const seen = new Set<number>();
    let n = 100;
    await until("calls succeed again", async () => {
      const { status, error } = await service.rpc("ring", { n: ++n });
      seen.add(status);
      if (error === null) return restarted;
      assert(["PGRST000", "PGRST001", "57P01"].includes(error.code), error.code);
      return false;
    });
    await restart;
    assert(seen.has(503), `Statuses seen: ${[...seen].join(", ")}`);
    const lost = await interrupted;
    assertEquals(lost.status, 503);
    assertEquals((await service.rpc("ring", { n: 1000 })).data, 1000);
    // What was interrupted was rolled back, and nothing was done twice.
    assertEquals((await service.from("rung").select("n").eq("n", 7)).data, []);
    const { data } = await service.from("rung").select("n");
    const numbers = data?.map((row) => row.n) ?? [];
    assertEquals(new Set(numbers).size, numbers.length);
  });
}

Deno.test("startDataApi answers a terminated call with 503, and no later one with its error", async () => {
  await using fixture = await startDataApiFixture(FUNCTIONS);
  const { service, sql } = fixture;
  await sql("select pg_advisory_lock(7)");
  const interrupted = Promise.all(
    Array.from({ length: 5 }, () => service.rpc("wait_for", { key: 7 })),
  );
  await until("the calls wait", async () => (await service.rpc("waiting")).data === 5);
  await sql(`select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'data_api' and wait_event_type = 'Lock'`);
  for (const { status } of await interrupted) assertEquals(status, 503);
  await sql("select pg_advisory_unlock(7)");
  const later = await Promise.all(
    Array.from({ length: 40 }, (_, n) => service.rpc("ring", { n: n + 100 })),
  );
  assertEquals(later.filter(({ error }) => error !== null), []);
  const { data } = await service.from("rung").select("n");
  assertEquals(data?.length, 40);
});

Deno.test("startDataApi lets a slow call hold up nothing but its own connection", async () => {
  await using fixture = await startDataApiFixture(FUNCTIONS);
  const { sql } = fixture;
  const api = await startDataApi({
    databaseUrl: fixture.server.url(),
    credentials: CREDENTIALS,
    connections: 2,
  });
  const call = async (name: string, body: unknown) => {
    const answer = await api.fetch(
      new Request(`http://stack.test/rest/v1/rpc/${name}`, {
        method: "POST",
        headers: { apikey: CREDENTIALS.secretKey, "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
    );
    return await answer.json();
  };
  try {
    await sql("select pg_advisory_lock(7)");
    const slow = call("wait_for", { key: 7 });
    await until("the call waits", async () => await call("waiting", {}) === 1);
    const others = Array.from({ length: 20 }, (_, n) => call("ring", { n }));
    assertEquals((await Promise.all(others)).length, 20);
    await sql("select pg_advisory_unlock(7)");
    assertEquals(await slow, 7);
  } finally {
    await api.close();
  }
});
