// postgres_changes of the Realtime stand-in: filters, columns, privileges and odd tables.
import { assertEquals, assertMatch } from "@std/assert";
import { ALICE, BOB, listen, startFixture, subscribe } from "./realtime_fixture.ts";

const JOBS = { schema: "public", table: "jobs" };

/** A filter, a value of a column that fails it, and one that passes. */
const FILTERS: [string, string, string | number | null, string | number | null][] = [
  ['status=eq."a,b"', "status", "a", "a,b"],
  ["status=eq.it's \\ here", "status", "it's", "it's \\ here"],
  ["status=neq.A", "status", "A", "B"],
  ["status=not.eq.A", "status", "A", "B"],
  ["attempt=gt.2,attempt=lte.4", "attempt", 5, 3],
  ["attempt=gte.2,attempt=lt.4", "attempt", 4, 2],
  ["attempt=eq.07", "attempt", 8, 7],
  ['status=in.(A,"B,C")', "status", "B", "B,C"],
  ["status=not.in.(A,B)", "status", "A", "C"],
  ["status=like.D%", "status", "d1", "D1"],
  ["status=ilike.D%", "status", "e1", "d1"],
  ["status=match.^D", "status", "XD", "DX"],
  ["status=imatch.^D", "status", "xd", "dx"],
  ["details=is.null", "details", "{}", null],
  ["details=is.not null", "details", null, "{}"],
  ["status=isdistinct.A", "status", "A", "B"],
  ["created_at=eq.2026-01-01T00:00:00Z", "created_at", "2026-01-02", "2026-01-01 02:00:00+02"],
  ["status=eq.E,attempt=eq.0", "status", "F", "E"],
];

Deno.test("postgres_changes", async (t) => {
  await using fixture = await startFixture();
  const { sql } = fixture;
  const alice = await fixture.client({ token: await fixture.tokenOf(ALICE) });

  for (const [filter, column, failing, passing] of FILTERS) {
    await t.step(`filter ${filter}`, async () => {
      const id = await fixture.addJob(ALICE);
      const { changes, channel } = await subscribe(alice, {
        topic: "filtered",
        changes: [{ event: "UPDATE", ...JOBS, filter }],
      });
      await sql`update jobs set ${sql({ [column]: failing })}, tags = '{fails}' where id = ${id}`;
      await sql`update jobs set ${sql({ [column]: passing })}, tags = '{passes}' where id = ${id}`;
      assertEquals((await changes.take()).new.tags, ["passes"]);
      await alice.removeChannel(channel);
      await sql`delete from jobs`;
    });
  }

  await t.step(
    "a binding that cannot be served gives a system error, the join succeeds",
    async () => {
      const cases: [Record<string, string>, RegExp][] = [
        [{ filter: "id=eq.not-a-uuid" }, /: invalid input syntax for type uuid: "not-a-uuid"$/],
        [{ filter: "id=like.x%" }, /: operator does not exist: uuid ~~/],
        [{ filter: "secret=eq.x" }, /: invalid column for filter secret$/],
        [{ filter: "nonsense=eq.x" }, /: invalid column for filter nonsense$/],
        [{ filter: "id-eq-1" }, /^Error parsing `filter` params: \["id-eq-1"\]$/],
        [{ filter: "id=near.1" }, /^Error parsing `filter` params: \["near"\]$/],
        [{ filter: `attempt=in.(${Array(101).fill(1).join(",")})` }, /^Too many values for `in`/],
        [
          { table: "hidden" },
          /^Unable to subscribe to changes with given parameters\. .*\[event: \*, schema: public, table: hidden\]$/,
        ],
        [{ table: "nothing" }, /table: nothing\]$/],
      ];
      for (const [binding, message] of cases) {
        const { statuses, systems, channel } = listen(alice, {
          topic: "odd",
          changes: [{ event: "*", ...JOBS, ...binding }],
        });
        assertEquals((await statuses.take()).status, "SUBSCRIBED");
        const system = await systems.take();
        assertEquals([system.extension, system.status], ["postgres_changes", "error"]);
        assertMatch(system.message, message);
        await alice.removeChannel(channel);
      }
    },
  );

  await t.step("select restricts the columns", async () => {
    const { changes, channel } = await subscribe(alice, {
      topic: "some",
      changes: [{ event: "INSERT", ...JOBS, select: ["id", "status"] }],
    });
    const id = await fixture.addJob(ALICE);
    assertEquals((await changes.take()).new, { id, status: "PENDING" });
    await alice.removeChannel(channel);
  });

  await t.step("several bindings of a channel are each told once", async () => {
    const id = await fixture.addJob(ALICE);
    const { changes, channel } = await subscribe(alice, {
      topic: "both",
      changes: [
        { event: "UPDATE", ...JOBS, filter: `id=eq.${id}` },
        { event: "UPDATE", schema: "public" },
        { event: "DELETE", ...JOBS },
      ],
    });
    await sql`update jobs set attempt = 1 where id = ${id}`;
    await sql`update jobs set attempt = 2 where id = ${id}`;
    const attempts = [];
    for (let i = 0; i < 4; i++) attempts.push((await changes.take()).new.attempt);
    assertEquals(attempts, [1, 1, 2, 2]);
    await alice.removeChannel(channel);
  });

  await t.step("many rows of one statement come in order, to each what is theirs", async () => {
    const bob = await fixture.client({ token: await fixture.tokenOf(BOB) });
    const [hers, his] = [
      await subscribe(alice, { topic: "all", changes: [{ event: "INSERT", ...JOBS }] }),
      await subscribe(bob, { topic: "all", changes: [{ event: "INSERT", ...JOBS }] }),
    ];
    await sql`insert into jobs (user_id, attempt)
      select case when n % 2 = 0 then ${ALICE}::uuid else ${BOB} end, n from generate_series(0, 119) n`;
    for (let n = 0; n < 120; n += 2) {
      assertEquals((await hers.changes.take()).new.attempt, n);
      assertEquals((await his.changes.take()).new.attempt, n + 1);
    }
    await alice.removeChannel(hers.channel);
  });

  await t.step(
    "replica identity full tells the old row, and of a secured delete the key",
    async () => {
      await sql`alter table jobs replica identity full`;
      const { changes, channel } = await subscribe(alice, {
        topic: "all",
        changes: [{ event: "*", ...JOBS }],
      });
      const id = await fixture.addJob(ALICE);
      await changes.find((change) => change.new.id === id);
      await sql`update jobs set status = 'NEXT' where id = ${id}`;
      const { old } = await changes.take();
      assertEquals([old.id, old.status, "secret" in old], [id, "PENDING", false]);
      await sql`delete from jobs where id = ${id}`;
      assertEquals((await changes.take()).old, { id });
      await sql`alter table jobs replica identity default`;
      await alice.removeChannel(channel);
    },
  );

  await t.step("a granted column is told from then on", async () => {
    const { changes, channel } = await subscribe(alice, {
      topic: "all",
      changes: [{ event: "INSERT", ...JOBS }],
    });
    await fixture.addJob(ALICE);
    assertEquals((await changes.take()).new.secret, undefined);
    await sql`grant select (secret) on jobs to authenticated`;
    await fixture.addJob(ALICE);
    assertEquals((await changes.take()).new.secret, "hidden");
    await sql`revoke select (secret) on jobs from authenticated`;
    await fixture.addJob(ALICE);
    assertEquals((await changes.take()).new.secret, undefined);
    await alice.removeChannel(channel);
  });

  await t.step("a row above 1 MB comes without its large values", async () => {
    const { changes, channel } = await subscribe(alice, {
      topic: "all",
      changes: [{ event: "INSERT", ...JOBS }],
    });
    await sql`insert into jobs (user_id, tags) values (${ALICE}, array[repeat('x', 1100000)])`;
    const change = await changes.take();
    assertEquals([change.errors, change.new.status, "tags" in change.new], [
      ["Error 413: Payload Too Large"],
      "PENDING",
      false,
    ]);
    await alice.removeChannel(channel);
  });

  await t.step("a large value that did not change is absent", async () => {
    const [row] = await sql`insert into jobs (user_id, details)
      values (${ALICE}, (select jsonb_object_agg(n, gen_random_uuid()) from generate_series(1, 500) n))
      returning id`;
    const { changes, channel } = await subscribe(alice, {
      topic: "all",
      changes: [{ event: "UPDATE", ...JOBS }],
    });
    await sql`update jobs set attempt = 1 where id = ${row?.id}`;
    const change = await changes.take();
    assertEquals([change.new.attempt, "details" in change.new], [1, false]);
    await alice.removeChannel(channel);
  });

  await t.step("a policy that raises an error denies its own row only", async () => {
    await sql.unsafe(`
      create table public.fragile (id int primary key, n int);
      alter table public.fragile enable row level security;
      create policy "fragile" on public.fragile for select to authenticated using (1 / n > 0);
      grant select on public.fragile to authenticated;
      alter publication supabase_realtime add table public.fragile`);
    const { changes, channel } = await subscribe(alice, {
      topic: "fragile",
      changes: [{ event: "*", schema: "public", table: "fragile" }],
    });
    await sql`insert into fragile values (1, 1), (2, 0), (3, 2), (4, 1)`;
    assertEquals((await changes.take()).new.id, 1);
    assertEquals((await changes.take()).new.id, 4);
    await alice.removeChannel(channel);
  });

  await t.step(
    "a table without a key gives an error, one without row security all rows",
    async () => {
      await sql.unsafe(`
      create table public.keyless (n int);
      create table public.open (id int primary key, n int);
      alter table public.keyless replica identity full;
      grant select on public.keyless, public.open to anon;
      alter publication supabase_realtime add table public.keyless, public.open`);
      const anon = await fixture.client({ token: null });
      const { changes } = await subscribe(anon, {
        topic: "odd",
        changes: [{ event: "*", schema: "public" }],
      });
      await sql`insert into keyless values (1)`;
      const { errors, ...change } = await changes.take();
      assertEquals([change.new, errors], [{}, ["Error 400: Bad Request, no primary key"]]);
      await sql`insert into open values (1, 2)`;
      assertEquals((await changes.take()).new, { id: 1, n: 2 });
    },
  );

  await t.step("no event is lost with the connection that asks about it", async () => {
    await sql.unsafe(`
      create table public.slow (id int primary key);
      alter table public.slow enable row level security;
      create policy "slow" on public.slow for select to authenticated
        using ((select pg_advisory_xact_lock_shared(7)) is not null);
      grant select on public.slow to authenticated;
      alter publication supabase_realtime add table public.slow`);
    const { changes, channel } = await subscribe(alice, {
      topic: "slow",
      changes: [{ event: "*", schema: "public", table: "slow" }],
    });
    await sql`select pg_advisory_lock(7)`;
    await sql`insert into slow values (1)`;
    let ended = 0;
    while (ended === 0) {
      ended = (await sql`select pg_terminate_backend(pid) from pg_stat_activity
        where wait_event_type = 'Lock' and wait_event = 'advisory'`).length;
    }
    await sql`select pg_advisory_unlock(7)`;
    assertEquals((await changes.take()).new.id, 1);
    await alice.removeChannel(channel);
  });
});
