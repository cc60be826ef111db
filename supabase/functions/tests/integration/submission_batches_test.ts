/** Submissions that come together, on the real database: who waits for whom, and that nobody pays twice. */
import { assert, assertEquals } from "@std/assert";
import postgres from "postgres";
import { type Account, type Backend, startBackend } from "../backend.ts";
import { cloneDatabase } from "../database.ts";
import { submissionOf, submitTogether } from "../submissions.ts";

/** A database with as many users of 20 credits. */
async function withUsers(
  count: number,
  test: (sql: postgres.Sql, userIds: string[]) => Promise<void>,
): Promise<void> {
  await using database = await cloneDatabase();
  const sql = postgres(database.url, {
    max: 8,
    onnotice: () => {},
    connection: { "deadlock_timeout": 20, "statement_timeout": 10_000 },
  });
  try {
    const rows = await sql`
      select public.login_user(n, 'T', null, null, null, null, false, lpad(n::text, 64, '0')) -> 'user' ->> 'id' as id
      from generate_series(1, ${count}) as n`;
    await test(sql, rows.map(({ id }) => id));
    assertEquals([...await sql`select * from admin.ledger_violations`], []);
  } finally {
    await sql.end();
  }
}

function submissionsOf(userIds: readonly string[]) {
  return userIds.map((userId) => submissionOf(userId));
}

async function countGenerations(sql: postgres.Sql): Promise<number> {
  const [row] = await sql`select count(*)::integer as count from public.generations`;
  return row?.count;
}

Deno.test("submit_generations finds a user busy whom another transaction has locked, and does not wait", () =>
  withUsers(3, async (sql, [held = "", ...others]) => {
    await sql.begin(async (holder) => {
      await holder`select from public.users where id = ${held} for update`;
      const [first, ...rest] = await submitTogether(sql, submissionsOf([held, ...others]));
      assertEquals(first?.outcome, "busy");
      assertEquals(rest.map(({ outcome }) => outcome), ["accepted", "accepted"]);
    });
    assertEquals(await countGenerations(sql), 2);
  }));

Deno.test("submit_generations of the same users in any order never wait for one another", () =>
  withUsers(12, async (sql, userIds) => {
    for (let round = 0; round < 10; round++) {
      const orders = [userIds, userIds.toReversed(), userIds.toSorted(), [
        ...userIds.slice(6),
        ...userIds.slice(0, 6),
      ]];
      await Promise.all(orders.map((order) => submitTogether(sql, submissionsOf(order))));
    }
    const [row] = await sql`select max(count)::integer as most from (
      select count(*) as count from public.generations group by user_id) as own`;
    assertEquals(row?.most, 10, "max_pending_per_user holds");
  }));

Deno.test("submit_generations sent twice makes each generation once and charges it once", () =>
  withUsers(20, async (sql, userIds) => {
    const submissions = submissionsOf(userIds);
    const results = await Promise.all([1, 2, 3].map(() => submitTogether(sql, submissions)));
    for (const index of userIds.keys()) {
      const outcomes = results.map((result) => result[index]?.outcome);
      assert(outcomes.includes("accepted"));
      assert(outcomes.every((outcome) => outcome === "accepted" || outcome === "busy"));
    }
    assertEquals(await countGenerations(sql), 20);
    const [row] = await sql`select sum(credits)::integer as credits from public.users`;
    assertEquals(row?.credits, 20 * 19);
  }));

Deno.test("submit_generations of many at once overfills the queue by what is under way at most", () =>
  withUsers(120, async (sql, userIds) => {
    // One start in ten seconds: room for 37.
    await sql`update private.queue_state set service_ms = 10000, measured_at = now() + interval '50 seconds'`;
    await sql`update private.settings set max_concurrent = 1, max_queue_seconds = 360`;
    for (let n = 0; n < 120; n += 15) {
      await submitTogether(sql, submissionsOf(userIds.slice(n, n + 15)));
    }
    assertEquals(await countGenerations(sql), 37);
  }));

Deno.test("submit_generations reads the head of a long queue alone, also where statistics expect no queue", () =>
  withUsers(9, async (sql, userIds) => {
    const [submitted, waits] = [userIds.slice(0, 8), userIds[8] ?? ""];
    await sql`update private.settings set max_queue_seconds = 1000000, max_concurrent = 100`;
    await sql`update private.queue_state set measured_at = now() + interval '50 seconds', service_ms = 50`;
    await sql`analyze public.generations`;
    await sql`
      insert into public.generations
        (user_id, prompt, size, quality, output_format, cost, message_id, queued_at, created_at)
      select ${waits}, 'waits', '1024x1024', 'low', 'png', 1, -n, now(), now() - interval '1 hour'
      from generate_series(1, 5000) as n`;
    const rowsRead = async (connection: postgres.ISql): Promise<number> => {
      // Statistics reach the others when a transaction ends: this one's come with the next statement's.
      await connection`select pg_stat_force_next_flush()`;
      const [row] = await connection`
        select (select sum(i.idx_tup_read) from pg_stat_user_indexes as i where i.relname = 'generations')::float8 +
          (select t.seq_tup_read from pg_stat_user_tables as t where t.relname = 'generations')::float8 as count`;
      return row?.count;
    };
    const own = await sql.reserve();
    try {
      const before = await rowsRead(own);
      const results = await submitTogether(own, submissionsOf(submitted));
      assertEquals(results.filter(({ outcome }) => outcome === "accepted").length, 8);
      const read = await rowsRead(own) - before;
      assert(read < 2_000, `${read} rows were read of 5,000 that wait`);
    } finally {
      own.release();
      await sql`delete from public.generations where prompt = 'waits'`;
    }
  }));

async function submit(
  backend: Backend,
  { token }: Account,
  changes: { body?: object; key?: string } = {},
) {
  const response = await backend.send("generation", {
    method: "POST",
    token,
    body: { prompt: "a red fox", quality: "low", ...changes.body },
    headers: changes.key === undefined ? {} : { "idempotency-key": changes.key },
  });
  return {
    status: response.status,
    replayed: response.headers.has("idempotent-replayed"),
    headers: response.headers,
    answer: await response.json(),
  };
}

Deno.test("POST /generation gives each of a crowd what it would get alone", async () => {
  await using backend = await startBackend();
  await backend.sql`update private.settings set rate_limit_per_minute = 3`;
  const users = await Promise.all(Array.from({ length: 16 }, () => backend.logIn()));
  const [poor, eager, twice, out, ...others] = users as [
    Account,
    Account,
    Account,
    Account,
    ...Account[],
  ];
  await backend.sql`
    insert into public.credit_ledger (user_id, delta, kind, note) values (${poor.id}, -20, 'grant', 'a test')`;
  await backend.send("auth/logout", { method: "POST", token: out.token });

  const [refused, tooMany, sameKey, loggedOut, tooLong, ...accepted] = await Promise.all([
    submit(backend, poor),
    Promise.all([1, 2, 3, 4, 5].map(() => submit(backend, eager))),
    Promise.all([1, 2, 3].map(() => submit(backend, twice, { key: "one" }))),
    submit(backend, out),
    submit(backend, poor, { body: { prompt: "x".repeat(4_001) } }),
    ...others.map((user) => submit(backend, user)),
  ]);
  assertEquals([refused.status, refused.answer.code], [402, "insufficient_credits"]);
  assertEquals(tooMany.map(({ status }) => status).toSorted(), [202, 202, 202, 429, 429]);
  assertEquals(sameKey.map(({ status }) => status).toSorted(), [200, 200, 202]);
  assertEquals(new Set(sameKey.map(({ answer }) => answer.id)).size, 1);
  assertEquals([loggedOut.status, tooLong.status], [401, 400]);
  assertEquals(accepted.map(({ status }) => status), others.map(() => 202));
  for (const [index, { answer }] of accepted.entries()) {
    const [row] = await backend.sql`select user_id from public.generations where id = ${answer.id}`;
    assertEquals(row?.user_id, others[index]?.id);
    assertEquals([answer.credits, answer.channel], [19, `user:${others[index]?.id}`]);
  }
  assertEquals(await backend.violations(), []);
});

Deno.test("POST /generation refuses each of a crowd before a full queue, and replays what was accepted before", async () => {
  await using backend = await startBackend();
  const users = await Promise.all(Array.from({ length: 12 }, () => backend.logIn()));
  const [early, ...late] = users as [Account, ...Account[]];
  const first = await submit(backend, early, { key: "early" });
  await backend
    .sql`update private.queue_state set service_ms = 10000, measured_at = now() + interval '50 seconds'`;
  await backend.sql`update private.settings set max_concurrent = 1, max_queue_seconds = 9`;
  const [again, ...refused] = await Promise.all([
    submit(backend, early, { key: "early" }),
    ...late.map((user, n) => submit(backend, user, n % 2 === 0 ? {} : { key: "late" })),
  ]);
  assertEquals([again.status, again.replayed, again.answer.id], [200, true, first.answer.id]);
  for (const { status, answer, headers } of refused) {
    assertEquals([status, answer.code], [503, "generation_paused"]);
    assert(Number(headers.get("retry-after")) >= 1);
    assertEquals(headers.get("ratelimit-limit"), "5");
  }
  const [row] = await backend.sql`
    select count(*)::integer as generations, (select sum(credits)::integer from public.users) as credits
    from public.generations`;
  assertEquals([row?.generations, row?.credits], [1, 12 * 20 - 1]);
  assertEquals(await backend.violations(), []);
});
