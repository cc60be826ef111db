// The submission limit on the whole stack: by the real Redis, and by Postgres while Redis is away.
import { assert, assertEquals } from "@std/assert";
import { letRedisBeOld } from "../../../../scripts/stack/redis_age.ts";
import { hasRedisServer } from "../../../../scripts/stack/tests/redis_fixture.ts";
import { until } from "../until.ts";
import { type Account, startWholeStack, type WholeStack } from "./whole_stack.ts";

let stack: WholeStack;

Deno.test.beforeAll(async () => {
  stack = await startWholeStack();
  await stack.sql`update private.settings
    set rate_limit_per_minute = 5, max_pending_per_user = 1000, signup_credits = 1000`;
  // Else Postgres is asked as well in the first minute.
  await letRedisBeOld(stack.variables);
});
// Whatever a test that failed has left behind.
Deno.test.beforeEach(async () => {
  if (hasRedisServer) await stack.door("PUT /redis/faults", "ok");
  await stack.door("PUT /webhooks", { mode: "deliver" });
  await stack.door("PUT /cron", { mode: "run" });
});
Deno.test.afterAll(() => stack?.stop());

function testWithRedis(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, fn, ignore: !hasRedisServer });
}

/** What a bucket says in the headers of an answer. */
function bucketOf({ headers }: Response): { limit: number; remaining: number; reset: number } {
  const read = (name: string) => Number(headers.get(`ratelimit-${name}`) ?? NaN);
  return { limit: read("limit"), remaining: read("remaining"), reset: read("reset") };
}

/** Submits once, and drops the body. */
async function submit(account: Account, key?: string): Promise<Response> {
  const response = await stack.submit(account, key === undefined ? {} : { key });
  await response.body?.cancel();
  return response;
}

async function bucketsInPostgres(): Promise<number> {
  const [row] = await stack.sql`
    select count(*)::int from private.rate_limits where rule = 'generation'`;
  return row?.count;
}

/** Submits as new users until Postgres is asked no more, which is a minute after Redis came back. */
async function untilRedisDecides(): Promise<void> {
  if (!hasRedisServer) return;
  await until("Redis alone limits submissions", async () => {
    const before = await bucketsInPostgres();
    await submit(await stack.logIn());
    return await bucketsInPostgres() === before;
  }, 90);
}

/**
 * Runs a test again when Redis missed its 300 ms meanwhile, as on a busy machine: Postgres took over
 * half-way then, with a bucket of its own, and the run says nothing.
 */
async function whileRedisIsSteady(run: () => Promise<void>): Promise<void> {
  for (let attempt = 1;; attempt++) {
    const seen = stack.logs.length;
    try {
      return await run();
    } catch (error) {
      await untilLogIsRead();
      if (attempt === 3 || !hasLogged("redis_unavailable", seen)) throw error;
    }
  }
}

/** Lines come in order: once a new one is here, so are those before it. */
async function untilLogIsRead(): Promise<void> {
  const id = crypto.randomUUID();
  const response = await stack.call("generation", { headers: { "x-request-id": id } });
  await response.body?.cancel();
  await until("the log is read", () => stack.logs.some((line) => line.includes(id)));
}

/** Whether the submitting function has told of its Redis since a line of the log. */
function hasLogged(event: string, since: number): boolean {
  return stack.logs.slice(since).some((line) =>
    line.startsWith("generation ") && line.includes(`"${event}"`)
  );
}

/** Five are accepted and a sixth is refused, with the headers of the contract. */
async function assertFiveAMinute(account: Account): Promise<void> {
  const remaining = [];
  for (let request = 0; request < 5; request++) {
    const response = await submit(account);
    assertEquals(response.status, 202);
    const bucket = bucketOf(response);
    assertEquals(bucket.limit, 5);
    assert(bucket.reset >= 1 && bucket.reset <= 12, `reset ${bucket.reset}`);
    remaining.push(bucket.remaining);
  }
  assertEquals(remaining, [4, 3, 2, 1, 0]);
  const refused = await stack.submit(account);
  const { code, request_id, message } = await refused.json();
  assertEquals([refused.status, code], [429, "rate_limited"]);
  assert(message.length > 0 && request_id === refused.headers.get("x-request-id"));
  assertEquals([bucketOf(refused).limit, bucketOf(refused).remaining], [5, 0]);
  const wait = Number(refused.headers.get("retry-after"));
  assert(wait >= 1 && wait <= 12, `Retry-After ${wait}`);
}

testWithRedis(
  "Redis lets five a minute through, and refuses the sixth with its headers",
  () =>
    whileRedisIsSteady(async () => {
      await untilRedisDecides();
      const account = await stack.logIn();
      const before = await bucketsInPostgres();
      await assertFiveAMinute(account);
      assertEquals(await bucketsInPostgres(), before);
      assertEquals(await stack.credits(account), 995);
      const other = await stack.logIn();
      assertEquals((await submit(other)).status, 202);
    }),
);

Deno.test("a replay spends no token: it is answered in between, and when no token is left", () =>
  whileRedisIsSteady(async () => {
    const account = await stack.logIn();
    const first = await stack.submit(account, { key: "first" });
    assertEquals(first.status, 202);
    const answer = await first.json();
    async function replay(): Promise<void> {
      const response = await stack.submit(account, { key: "first" });
      assertEquals([response.status, response.headers.get("idempotent-replayed")], [200, "true"]);
      assertEquals(response.headers.get("ratelimit-limit"), "5");
      assertEquals(await response.json(), answer);
    }
    for (let count = 0; count < 10; count++) await replay();
    for (let count = 0; count < 4; count++) assertEquals((await submit(account)).status, 202);
    assertEquals((await submit(account)).status, 429);
    await replay();
    assertEquals(await stack.credits(account), 995);
  }));

/**
 * How often each table was scanned or written to. A session reports it at its end, or now and then: so
 * those of the Data API are ended, and our own too.
 */
async function readTableUse(): Promise<Record<string, number>> {
  await until("every session has reported", async () => {
    const [row] = await stack.sql`
      select count(pg_terminate_backend(pid))::int, pg_stat_force_next_flush() from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()
        and (usename = 'authenticator' or application_name = 'tests')`;
    return row?.count === 0;
  });
  const rows = await stack.sql<{ name: string; uses: number }[]>`
    select schemaname || '.' || relname as name,
      (seq_scan + coalesce(idx_scan, 0) + n_tup_ins + n_tup_upd + n_tup_del)::int as uses
    from pg_stat_user_tables`;
  return Object.fromEntries(rows.map(({ name, uses }) => [name, uses]));
}

testWithRedis(
  "a refusal touches no table while Redis answers",
  () =>
    whileRedisIsSteady(async () => {
      await untilRedisDecides();
      const account = await stack.logIn();
      for (let count = 0; count < 5; count++) await submit(account);
      await stack.stopCron();
      await stack.door("PUT /webhooks", { mode: "drop" });
      await stack.door("POST /functions/worker/kill");
      // Sessions report what they did up to a second late, so that earlier work may show in the first round; what
      // a refusal does would show in each.
      let used: string[] = [];
      for (let round = 0; round < 3; round++) {
        const before = await readTableUse();
        // With a key too: whoever was refused by the limit has left nothing to replay.
        const keys = Array.from({ length: 10 }, (_, at) => at % 2 ? `${round} ${at}` : undefined);
        const refusals = await Promise.all(keys.map((key) => submit(account, key)));
        const after = await readTableUse();
        assertEquals(refusals.map(({ status }) => status), Array(10).fill(429));
        used = Object.keys(after).filter((name) => after[name] !== before[name]);
        // The limit itself is read there, by nobody's request in particular: four times a second at most.
        used = used.filter((name) => name !== "private.settings");
        if (used.length === 0) break;
      }
      assertEquals(used, []);
      // That it would have been seen: an accepted one touches several.
      const other = await stack.logIn();
      const beforeAccepted = await readTableUse();
      assertEquals((await submit(other)).status, 202);
      const afterAccepted = await readTableUse();
      for (const name of ["public.users", "public.generations", "private.sessions"]) {
        assert((afterAccepted[name] ?? 0) > (beforeAccepted[name] ?? 0), name);
      }
    }),
);

Deno.test("a hundred submissions of one key at once, with five allowed: one row, a hundred equal answers", () =>
  whileRedisIsSteady(async () => {
    const account = await stack.logIn();
    const responses = await Promise.all(
      Array.from({ length: 100 }, () => stack.submit(account, { key: "the one" })),
    );
    const statuses = responses.map(({ status }) => status).sort();
    assertEquals(statuses, [...Array(99).fill(200), 202]);
    const bodies = await Promise.all(responses.map((response) => response.text()));
    assertEquals(new Set(bodies).size, 1);
    const rows = await stack.sql`select id from public.generations where user_id = ${account.id}`;
    assertEquals(rows.length, 1);
    assertEquals(await stack.credits(account), 999);
  }));

Deno.test("a hundred submissions without a key at once, with five allowed: five rows", () =>
  whileRedisIsSteady(async () => {
    const account = await stack.logIn();
    const responses = await Promise.all(Array.from({ length: 100 }, () => submit(account)));
    const statuses = responses.map(({ status }) => status);
    assertEquals(statuses.filter((status) => status === 202).length, 5);
    assertEquals(statuses.filter((status) => status === 429).length, 95);
    assertEquals(await stack.credits(account), 995);
  }));

for (const fault of ["down", "hang"]) {
  testWithRedis(
    `with Redis ${fault} Postgres limits just the same, and nobody gets a 5xx`,
    async () => {
      await stack.door("PUT /redis/faults", fault);
      assertEquals(await stack.door("GET /redis/faults"), fault);
      const before = await bucketsInPostgres();
      const account = await stack.logIn();
      await assertFiveAMinute(account);
      assertEquals(await bucketsInPostgres(), before + 1);
      // The first answer of a key again, also now.
      const other = await stack.logIn();
      const statuses = [];
      for (let count = 0; count < 3; count++) statuses.push((await submit(other, "key")).status);
      assertEquals(statuses, [202, 200, 200]);
      const crowd = await Promise.all(Array.from({ length: 30 }, () => submit(account)));
      // A token comes back every 12 seconds.
      for (const { status } of crowd) assert(status === 429 || status === 202, `status ${status}`);
      assert(crowd.filter(({ status }) => status === 429).length >= 28);
      const seen = stack.logs.length;
      await stack.door("PUT /redis/faults", "ok");
      await until("Redis is used again", async () => {
        await submit(other);
        return hasLogged("redis_available", seen);
      });
    },
  );
}

testWithRedis("login works while Redis is down", async () => {
  await stack.door("PUT /redis/faults", "down");
  const account = await stack.logIn();
  const next = await stack.call("auth/refresh", {
    method: "POST",
    body: { refresh_token: account.refreshToken },
  });
  await next.body?.cancel();
  assertEquals(next.status, 200);
});
