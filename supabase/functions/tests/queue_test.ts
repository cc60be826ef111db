/** The queue: enqueue and dequeue on the real pgmq, through the functions' own SQL. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import postgres from "postgres";
import { cloneDatabase } from "./database.ts";
import { submitOne } from "./submissions.ts";
import { required } from "./required.ts";

const WORKER = "00000000-0000-4000-8000-000000000001";
const OTHER_WORKER = "00000000-0000-4000-8000-000000000002";

interface Job {
  generation_id: string;
  attempt: number;
  prompt: string;
}

/** A database, and one line for each thing that is done to it. */
class Queue implements AsyncDisposable {
  static async open(): Promise<Queue> {
    const database = await cloneDatabase();
    return new Queue(postgres(database.url, { max: 20, onnotice: () => {} }), database);
  }
  private constructor(readonly sql: postgres.Sql, private readonly database: AsyncDisposable) {}

  async user(telegramId: number): Promise<string> {
    const hash = telegramId.toString(16).padStart(64, "0");
    const [row] = await this.sql`
      select public.login_user(${telegramId}, 'Test', null, null, null, null, false, ${hash}) as l`;
    return row?.l.user.id;
  }
  async submit(userId: string, prompt = "a fox"): Promise<string> {
    return (await submitOne(this.sql, userId, { prompt })).id;
  }
  async claim(quantity: number, worker = WORKER): Promise<Job[]> {
    const [row] = await this.sql`select public.claim_generations(${worker}, ${quantity}) as c`;
    return row?.c.jobs;
  }
  async complete({ generation_id, attempt }: Job): Promise<string> {
    const [row] = await this.sql`
      select public.complete_generation(${generation_id}, ${attempt}, 'https://example.com/1.png') as c`;
    return row?.c.outcome;
  }
  async depth(): Promise<number> {
    const [row] = await this.sql`select queue_length from pgmq.metrics('generations')`;
    return Number(row?.queue_length);
  }
  async status(id: string): Promise<string> {
    const [row] = await this.sql`select status from public.generations where id = ${id}`;
    return row?.status;
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.sql.end();
    await this.database[Symbol.asyncDispose]();
  }
}

Deno.test("queue enqueues with the row, in one transaction", async () => {
  await using queue = await Queue.open();
  const user = await queue.user(1);
  const id = await queue.submit(user);
  assertEquals(await queue.depth(), 1);
  const [message] = await queue.sql`select message from pgmq.q_generations`;
  assertEquals(message?.message, { generation_id: id });
  await assertRejects(() =>
    queue.sql.begin(async (sql) => {
      await submitOne(sql, user);
      throw new Error("rolled back");
    })
  );
  assertEquals(await queue.depth(), 1);
  const [row] = await queue.sql`select count(*)::int from public.generations`;
  assertEquals(row?.count, 1);
});

Deno.test("queue dequeues in order, once: what one worker holds the other does not get", async () => {
  await using queue = await Queue.open();
  const ids = [];
  for (const telegramId of [1, 2, 3]) ids.push(await queue.submit(await queue.user(telegramId)));
  const first = await queue.claim(2);
  assertEquals(first.map((job) => job.generation_id), ids.slice(0, 2));
  const second = await queue.claim(5, OTHER_WORKER);
  assertEquals(second.map((job) => job.generation_id), ids.slice(2));
  assertEquals(await queue.claim(5), []);
  assertEquals(await queue.status(ids[0] ?? ""), "PROCESSING");
});

Deno.test("queue deletes the message of a completed job", async () => {
  await using queue = await Queue.open();
  await queue.submit(await queue.user(1));
  const job = required((await queue.claim(1))[0], "job");
  assertEquals(await queue.complete(job), "completed");
  assertEquals(await queue.depth(), 0);
  assertEquals(await queue.complete(job), "already_completed");
});

Deno.test("queue gives a job of a dead worker to another once its lease has ended; the dead one's word is stale", async () => {
  await using queue = await Queue.open();
  const { sql } = queue;
  const id = await queue.submit(await queue.user(1));
  const dead = required((await queue.claim(1))[0], "job");
  await sql`update private.generation_attempts set lease_expires_at = clock_timestamp()`;
  assertEquals((await sql`select private.sweep() as s`)[0]?.s.lost, 1);
  const taken = required((await queue.claim(1, OTHER_WORKER))[0], "job");
  assertEquals([taken.generation_id, taken.attempt], [id, 2]);
  assertEquals(await queue.complete(dead), "stale");
  assertEquals(await queue.status(id), "PROCESSING");
  assertEquals(await queue.complete(taken), "completed");
});

Deno.test("queue serves users in turn: one user's hundred do not hold up another's one", async () => {
  await using queue = await Queue.open();
  await queue.sql`update private.settings set max_pending_per_user = 200, max_concurrent = 4`;
  const [heavy, light] = [await queue.user(1), await queue.user(2)];
  await queue.sql`select admin.grant_credits(telegram_id => 1, amount => 100, note => 'test')`;
  for (let job = 0; job < 100; job++) await queue.submit(heavy);
  assertEquals(await queue.depth(), 2);
  const lone = await queue.submit(light, "the light one");
  const round = await queue.claim(4);
  assert(round.some((job) => job.generation_id === lone));
  assertEquals(round.length, 3);
  for (const job of round) await queue.complete(job);
  assertEquals(await queue.depth(), 2);
});

Deno.test("queue claims no more than max_concurrent over many concurrent workers", async () => {
  await using queue = await Queue.open();
  await queue.sql`update private.settings set max_concurrent = 7`;
  for (let user = 1; user <= 20; user++) await queue.submit(await queue.user(user));
  const claims = await Promise.all(
    Array.from({ length: 10 }, () => queue.claim(3, crypto.randomUUID())),
  );
  const ids = claims.flat().map((job) => job.generation_id);
  assertEquals(ids.length, 7);
  assertEquals(new Set(ids).size, 7);
});

Deno.test("queue lets at most images_per_minute start within a minute", async () => {
  await using queue = await Queue.open();
  await queue.sql`update private.settings set images_per_minute = 3`;
  for (let user = 1; user <= 5; user++) await queue.submit(await queue.user(user));
  const jobs = await queue.claim(5);
  assertEquals(jobs.length, 3);
  for (const job of jobs) await queue.complete(job);
  assertEquals(await queue.claim(5), []);
  await queue.sql`
    update private.generation_attempts set claimed_at = claimed_at - interval '61 seconds'`;
  assertEquals((await queue.claim(5)).length, 2);
});

Deno.test("queue repairs itself: a lost message is sent again, a message without a row is removed", async () => {
  await using queue = await Queue.open();
  const { sql } = queue;
  const id = await queue.submit(await queue.user(1));
  await sql`select pgmq.purge_queue('generations')`;
  await sql`select pgmq.send('generations', '{"generation_id": "none of ours"}')`;
  await sql`select private.sweep()`;
  assertEquals(await queue.depth(), 1);
  assertEquals((await queue.claim(5)).map((job) => job.generation_id), [id]);
});

Deno.test("queue: one Idempotency-Key, a hundred at once: one row, one charge, equal answers", async () => {
  await using queue = await Queue.open();
  const user = await queue.user(1);
  const answers = await Promise.all(Array.from({ length: 100 }, async () => {
    const key = { idempotency_key: "key", request_hash: "hash" };
    return JSON.stringify(await submitOne(queue.sql, user, key));
  }));
  assertEquals(new Set(answers).size, 1);
  const [row] = await queue.sql`
    select (select count(*)::int from public.generations) as rows, credits from public.users`;
  assertEquals([row?.rows, row?.credits], [1, 19]);
});

Deno.test("queue: credits for one picture, fifty at once: one accepted, 49 refused", async () => {
  await using queue = await Queue.open();
  const user = await queue.user(1);
  await queue.sql`update private.settings set max_pending_per_user = 1000`;
  await queue.sql`select admin.grant_credits(telegram_id => 1, amount => -19, note => 'test')`;
  const results = await Promise.allSettled(Array.from({ length: 50 }, () => queue.submit(user)));
  const refusals = results.filter((result) => result.status === "rejected");
  assertEquals(refusals.length, 49);
  for (const { reason } of refusals) assertEquals(reason.code, "PX402");
  assertEquals([...await queue.sql`select * from admin.ledger_violations`], []);
});
