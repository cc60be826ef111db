/** `depth`: whether a claim and a completion cost more when the queue is long. */
import type postgres from "postgres";
import { type Bench, type Figure, mustBeZero, type Scenario } from "./scenario.ts";
import { median } from "./statistics.ts";

/** Four waiting generations a user: two in the queue, two in the lane behind them. */
export const depth: Scenario = {
  name: "depth",
  about:
    "claim + complete at 1 thousand, 100 thousand and 1 million waiting jobs: ratio to the first",
  run,
};

const PER_USER = 4;
const IN_QUEUE = 2;

async function run({ stack, isQuick, say }: Bench): Promise<Figure[]> {
  const { sql } = stack;
  const size = isQuick
    ? { depths: [40, 80, 120], warmUps: 1, rounds: 2 }
    : { depths: [1_000, 100_000, 1_000_000], warmUps: 10, rounds: 60 };
  const { depths } = size;
  await stack.control.put("/cron", { mode: "stop" });
  await stack.control.put("/webhooks", { mode: "drop" });
  await stack.configure({
    max_concurrent: 10_000,
    max_queue_seconds: 100_000_000,
    per_user_concurrency: IN_QUEUE,
  });
  const costs: number[] = [];
  const figures: Figure[] = [];
  let waiting = 0;
  for (const wanted of depths) {
    say(`filling the queue to ${wanted}`);
    await addWaiting(sql, wanted - waiting);
    waiting = wanted;
    say(`measuring at ${wanted}`);
    // A session of its own: plans made when the table was small would not be those of a new worker.
    const session = await sql.reserve();
    await session`set role service_role`;
    try {
      const measured = await claimAndComplete(session, size);
      waiting -= measured.done;
      costs.push(median(measured.costs));
    } finally {
      await session`reset role`;
      session.release();
    }
    const cost = costs.at(-1) ?? NaN;
    figures.push({ name: `claim + complete, ${wanted} waiting`, value: cost, unit: "ms a job" });
  }
  const [first = NaN, ...others] = costs;
  figures.push(...others.map((cost, index): Figure => ({
    name: `${depths[index + 1]} / ${depths[0]}`,
    value: cost / first,
    unit: "",
    wanted: { atMost: 1.5 },
  })));
  const [row] = await sql`
    select count(*)::integer as count from public.generations where status = 'PENDING'`;
  figures.push(mustBeZero("jobs that went astray", row?.count - waiting));
  return figures;
}

/** Claims ten and completes them, again and again; milliseconds a job of each round. */
async function claimAndComplete(
  sql: postgres.Sql,
  { warmUps, rounds }: { warmUps: number; rounds: number },
): Promise<{ costs: number[]; done: number }> {
  const worker = crypto.randomUUID();
  const costs: number[] = [];
  let done = 0;
  // The first rounds plan their statements and load pages; a worker does so once.
  for (let round = -warmUps; round < rounds; round++) {
    const since = performance.now();
    const [row] = await sql<{ claim: { jobs: { generation_id: string; attempt: number }[] } }[]>`
      select public.claim_generations(${worker}, 10) as claim`;
    const jobs = row?.claim.jobs ?? [];
    for (const { generation_id, attempt } of jobs) {
      await sql`select public.complete_generation(${generation_id}, ${attempt}, 'https://example.com/1.png')`;
    }
    if (jobs.length === 0) throw new Error("A claim found nothing, wanted ten jobs");
    done += jobs.length;
    if (round >= 0) costs.push((performance.now() - since) / jobs.length);
  }
  return { costs, done };
}

/** Adds rows as submit_generation makes them, without its triggers: a million by it take an hour. */
async function addWaiting(sql: postgres.Sql, count: number): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`set local session_replication_role = replica`;
    await tx`set local synchronous_commit = off`;
    await tx`
      create temporary table bench_new on commit drop as
      select
        gen_random_uuid() as id, gen_random_uuid() as user_id, 0 as place, null::bigint as message_id,
        clock_timestamp() as created_at
      from generate_series(1, 0)`;
    await tx`
      insert into bench_new
      select gen_random_uuid(), u.id, p, null, clock_timestamp()
      from (select gen_random_uuid() as id from generate_series(1, ${
      Math.ceil(count / PER_USER)
    })) as u,
        generate_series(1, ${PER_USER}) as p
      order by p
      limit ${count}`;
    await tx`
      insert into public.users (id, telegram_id, first_name, credits)
      select n.user_id, (select coalesce(max(telegram_id), 0) from public.users) + row_number() over (),
        'Bench', 1000 - count(*)
      from bench_new as n group by n.user_id`;
    await tx`
      insert into public.credit_ledger (user_id, delta, kind, note)
      select distinct user_id, 1000, 'grant', 'benchmark' from bench_new`;
    await tx`
      with sent as (
        insert into pgmq.q_generations (vt, message)
        select clock_timestamp(), jsonb_build_object('generation_id', n.id)
        from bench_new as n where n.place <= ${IN_QUEUE}
        returning msg_id, (message ->> 'generation_id')::uuid as id
      )
      update bench_new as n set message_id = s.msg_id from sent as s where s.id = n.id`;
    await tx`
      insert into public.generations
        (id, user_id, prompt, size, quality, output_format, cost, created_at, queued_at, message_id)
      select n.id, n.user_id, 'a red fox in the snow', '1024x1024', 'low', 'png', 1, n.created_at,
        case when n.message_id is not null then n.created_at end, n.message_id
      from bench_new as n`;
    await tx`
      insert into public.credit_ledger (user_id, delta, kind, generation_id)
      select n.user_id, -1, 'generation', n.id from bench_new as n`;
  });
  await sql`vacuum (analyze) public.generations`;
  await sql`vacuum (analyze) pgmq.q_generations`;
  await sql`vacuum (analyze) public.credit_ledger`;
  await sql`vacuum (analyze) public.users`;
}
