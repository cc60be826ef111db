/** `submit`: what the whole path of a submission costs, in bare inserts. */
import { createBareInsert, insertBare } from "./bare_insert.ts";
import { rateOf, type Run, runClients } from "./clients.ts";
import {
  processorFigures,
  type ProcessorTime,
  readProcessorTime,
  spentBetween,
} from "./processor_time.ts";
import { type Bench, type Figure, mustBeZero, type Scenario } from "./scenario.ts";
import { median, percentile } from "../statistics.ts";
import { submitAccepted } from "./submissions.ts";
import { type BenchUser, createUsers } from "./users.ts";

/**
 * The kinds of work take turns in short rounds, so that a machine that is busier for a while is so for all; of
 * each the middle round counts. Redis is turned off at the end, once: for a minute after it came back the limit is
 * taken in both places. The provider is slow and all its slots are in use: a spike's submissions meet a full queue,
 * and no worker competes with them for the processor.
 */
export const submit: Scenario = {
  name: "submit",
  about:
    "submissions a second at 64 clients beside a bare insert by RPC; with keys; with Redis off",
  run,
};

type Work = (user: BenchUser) => Promise<unknown>;

/** One kind of work, and what its rounds gave. */
interface Lane {
  name: string;
  work: Work;
  runs: Run[];
  spent: ProcessorTime[];
}

async function run(bench: Bench): Promise<Figure[]> {
  const { stack, isQuick, say } = bench;
  const size = isQuick
    ? { clients: 4, users: 20, rounds: 1, seconds: 0.3 }
    : { clients: 64, users: 2_000, rounds: 7, seconds: 3 };
  await stack.configure({
    max_concurrent: 10,
    max_pending_per_user: 1_000_000,
    max_queue_seconds: 1_000_000,
    rate_limit_per_minute: 100_000,
  });
  await stack.control.put("/openai/latency", { ms: 30_000 });
  await createBareInsert(stack);
  const users = await createUsers(stack, { count: size.users, credits: 1_000_000 });
  const prompt = "a red fox in the snow";
  let accepted = 0;
  const insert: Work = (user) => insertBare(stack, { user, prompt });
  const submitWith = (makeHeaders: () => Record<string, string>): Work => async (user) => {
    await submitAccepted(stack, { user, prompt, headers: makeHeaders() });
    accepted++;
  };
  const submitPlain = submitWith(() => ({}));
  // As clients do that must not pay twice for a lost answer: two more commands of Redis, one more row.
  const submitKeyed = submitWith(() => ({ "idempotency-key": crypto.randomUUID() }));

  async function measure(works: Record<string, Work>): Promise<[Lane, ...Lane[]]> {
    const lanes = Object.entries(works).map(([name, work]): Lane => ({
      name,
      work,
      runs: [],
      spent: [],
    }));
    for (let round = 1; round <= size.rounds; round++) {
      for (const { name, work, runs, spent } of lanes) {
        say(`round ${round} of ${size.rounds}: ${name}`);
        const before = readProcessorTime(stack);
        runs.push(await runClients(users, { ...size, work }));
        spent.push(spentBetween(before, readProcessorTime(stack)));
      }
    }
    return lanes as [Lane, ...Lane[]];
  }

  say("warming up");
  for (const work of [insert, submitKeyed]) await runClients(users, { ...size, work });
  const withRedis = await measure({ bare: insert, submit: submitPlain, "with keys": submitKeyed });
  await turnRedisOff(bench, submitPlain);
  const withoutRedis = await measure({ "bare, later": insert, "without Redis": submitPlain });
  const [row] = await stack.sql`select count(*)::integer as count from public.generations`;
  return [
    ...[...withRedis, ...withoutRedis].flatMap(figuresOf),
    ...[...withRedis, ...withoutRedis].flatMap(processorFiguresOf),
    ...[withRedis, withoutRedis].flatMap(([bare, ...others]) =>
      others.map((lane) => ratioOf(lane, bare))
    ),
    mustBeZero("accepted without a row", accepted - row?.count),
  ];
}

function rateOfLane({ runs }: Lane): number {
  return median(runs.map(rateOf));
}

function ratioOf(lane: Lane, bare: Lane): Figure {
  const wanted = lane.name === "submit" ? { wanted: { atLeast: 0.5 } } : {};
  return {
    name: `${lane.name} / bare`,
    value: rateOfLane(lane) / rateOfLane(bare),
    unit: "",
    ...wanted,
  };
}

function processorFiguresOf({ name, runs, spent }: Lane): Figure[] {
  const times = runs.reduce((sum, { latencies }) => sum + latencies.length, 0);
  return processorFigures(spent, { name, times });
}

function figuresOf(lane: Lane): Figure[] {
  const latencies = lane.runs.flatMap((run) => run.latencies);
  return [
    { name: `${lane.name}, a second`, value: rateOfLane(lane), unit: "/s" },
    { name: `${lane.name}, p50`, value: percentile(latencies, 0.5), unit: "ms" },
    { name: `${lane.name}, p99`, value: percentile(latencies, 0.99), unit: "ms" },
  ];
}

/** Breaks Redis, and waits until the function has noticed. */
async function turnRedisOff({ stack, say }: Bench, submitPlain: Work): Promise<void> {
  if (stack.variables.UPSTASH_REDIS_REST_URL === undefined) return;
  say("turning Redis off");
  await stack.control.put("/redis/faults", "down");
  const [user] = await createUsers(stack, { count: 1 });
  if (user !== undefined) await submitPlain(user);
}
