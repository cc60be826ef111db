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
import { median, percentile } from "./statistics.ts";
import { submitAccepted } from "./submissions.ts";
import { type BenchUser, createUsers } from "./users.ts";

/**
 * The three kinds of work take turns in short rounds, so that a machine that is busier for a while is
 * so for all; of each the middle round counts. The provider is slow and all its slots are in use: a
 * spike's submissions meet a full queue, and no worker competes with them for the processor.
 */
export const submit: Scenario = {
  name: "submit",
  about: "submissions a second at 64 clients beside a bare insert by RPC; the same with Redis off",
  run,
};

const LANES = ["bare", "submit", "without Redis"] as const;
type Lane = (typeof LANES)[number];

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
  await stack.control.put("/openai/latency", { ms: 100_000 });
  await createBareInsert(stack);
  const users = await createUsers(stack, { count: size.users, credits: 1_000_000 });
  let accepted = 0;
  const work: Record<Lane, (user: BenchUser) => Promise<unknown>> = {
    bare: (user) => insertBare(stack, { user, prompt: "a red fox in the snow" }),
    submit: async (user) => {
      await submitAccepted(stack, { user, prompt: "a red fox in the snow" });
      accepted++;
    },
    get "without Redis"() {
      return this.submit;
    },
  };

  say("warming up");
  for (const lane of ["bare", "submit"] as const) {
    await runClients(users, { clients: size.clients, work: work[lane], seconds: size.seconds });
  }
  const runs: Record<Lane, Run[]> = { bare: [], submit: [], "without Redis": [] };
  const spent: Record<Lane, ProcessorTime[]> = { bare: [], submit: [], "without Redis": [] };
  for (let round = 1; round <= size.rounds; round++) {
    for (const lane of LANES) {
      say(`round ${round} of ${size.rounds}: ${lane}`);
      await setRedis(bench, lane === "without Redis" ? "down" : "ok", work.submit);
      const { clients, seconds } = size;
      const before = readProcessorTime(stack);
      const done = await runClients(users, { clients, seconds, work: work[lane] });
      runs[lane].push(done);
      spent[lane].push(spentBetween(before, readProcessorTime(stack)));
    }
  }
  const [row] = await stack.sql`select count(*)::integer as count from public.generations`;
  const rates = LANES.map((lane) => median(runs[lane].map(rateOf)));
  const [bare = NaN, full = NaN, withoutRedis = NaN] = rates;
  return [
    ...LANES.flatMap((lane, index) => figuresOf(lane, rates[index] ?? NaN, runs[lane])),
    ...LANES.flatMap((lane) =>
      processorFigures(spent[lane], {
        name: lane,
        times: runs[lane].reduce((sum, { latencies }) => sum + latencies.length, 0),
      })
    ),
    { name: "submit / bare", value: full / bare, unit: "", wanted: { atLeast: 0.5 } },
    { name: "without Redis / bare", value: withoutRedis / bare, unit: "" },
    mustBeZero("accepted without a row", accepted - row?.count),
  ];
}

function figuresOf(lane: Lane, rate: number, runs: readonly Run[]): Figure[] {
  const latencies = runs.flatMap((run) => run.latencies);
  return [
    { name: `${lane}, a second`, value: rate, unit: "/s" },
    { name: `${lane}, p50`, value: percentile(latencies, 0.5), unit: "ms" },
    { name: `${lane}, p99`, value: percentile(latencies, 0.99), unit: "ms" },
  ];
}

/** Breaks Redis or mends it, and waits until the function has noticed. */
async function setRedis(
  { stack }: Bench,
  faults: "down" | "ok",
  notice: (user: BenchUser) => Promise<unknown>,
): Promise<void> {
  if (stack.variables.UPSTASH_REDIS_REST_URL === undefined) return;
  if (await stack.control.get("/redis/faults") === faults) return;
  await stack.control.put("/redis/faults", faults);
  const [user] = await createUsers(stack, { count: 1 });
  if (user === undefined) return;
  // A failure is noticed by the first request, a recovery by a probe within a second.
  for (let n = 0; n < 3; n++) {
    await notice(user);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
