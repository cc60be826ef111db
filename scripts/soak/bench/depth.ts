/** `depth`: whether a claim and a completion cost more when the queue is long. */
import type postgres from "postgres";
import { type Bench, type Figure, mustBeZero, type Scenario } from "./scenario.ts";
import { median } from "../statistics.ts";
import { addWaitingJobs } from "./waiting_jobs.ts";

/** Four waiting generations a user: two in the queue, two in the lane behind them. */
export const depth: Scenario = {
  name: "depth",
  about:
    "claim + complete at 1 thousand, 100 thousand and 1 million waiting jobs: ratio to the first",
  run,
};

const LANE = { perUser: 4, inQueue: 2 };

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
    per_user_concurrency: LANE.inQueue,
  });
  const costs: number[] = [];
  const figures: Figure[] = [];
  let waiting = 0;
  for (const wanted of depths) {
    say(`filling the queue to ${wanted}`);
    await addWaitingJobs(sql, { count: wanted - waiting, ...LANE });
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
