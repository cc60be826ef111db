/** Everything at once: users submit and cancel, and the saboteur strikes at random, again and again. */
import type { Arena } from "./arena.ts";
import { pause } from "../insist.ts";
import { drawInteger, drawOne, type Random } from "../random.ts";
import { type Context, logUsersIn, type Scenario, submitJobs, untilEnded } from "./scenario.ts";

type Strike = (arena: Arena, random: Random) => Promise<unknown>;

/** Faults of single calls, in any mixture. */
const PROVIDER_FAULTS = [
  { status: 429, code: "rate_limit_exceeded", retry_after: 1 },
  { status: 500 },
  { status: 503 },
  { hang: true },
  { drop: true },
  { drop: true, after_ms: 100 },
  { malformed: true },
  { empty: true },
  { not_an_image: true },
  { wrong_size: true },
  { break_stream: true },
  { latency_ms: 1_500 },
];
const BUCKET_FAULTS = [
  { status: 500 },
  { status: 503 },
  { drop: true },
  { method: "PUT", lose_answer: true },
  { method: "PUT", delay_ms: 800 },
  { method: "PUT", hang: true },
];

async function strikeProvider({ door }: Arena, random: Random): Promise<void> {
  const count = drawInteger(random, [1, 6]);
  const faults = Array.from({ length: count }, () => drawOne(random, PROVIDER_FAULTS));
  await door("PUT /openai/faults", faults);
}

async function strikeBucket({ door }: Arena, random: Random): Promise<void> {
  const count = drawInteger(random, [1, 6]);
  const faults = Array.from({ length: count }, () => drawOne(random, BUCKET_FAULTS));
  await door("PUT /s3/faults", faults);
}

/** Takes a part away for a moment. */
function away(part: string, { down, up }: { down: unknown[]; up: unknown }): Strike {
  return async ({ door }, random) => {
    await door(`PUT ${part}`, drawOne(random, down));
    await pause(drawInteger(random, [200, 1_500]));
    await door(`PUT ${part}`, up);
  };
}

async function strikeRedis(arena: Arena, random: Random): Promise<void> {
  if (!arena.variables.UPSTASH_REDIS_REST_URL) return;
  await away("/redis/faults", { down: ["down", "hang"], up: "ok" })(arena, random);
}

async function cancelOne({ users, jobs }: Arena, random: Random): Promise<void> {
  if (jobs.length === 0 || users.length === 0) return;
  const { id, user } = drawOne(random, jobs);
  await user.client.functions.invoke(`generation/${id}`, { method: "DELETE" });
}

const RESTART_MODES = ["fast", "immediate"];

const STRIKES: readonly (readonly [weight: number, name: string, strike: Strike])[] = [
  [4, "the worker is killed", (arena) => arena.killWorker()],
  [4, "the provider fails", strikeProvider],
  [4, "the bucket fails", strikeBucket],
  [1, "the bucket is away", away("/s3/faults", { down: ["down", "hang"], up: "ok" })],
  [1, "Redis is away", strikeRedis],
  [
    1,
    "webhooks are dropped",
    away("/webhooks", { down: [{ mode: "drop" }], up: { mode: "deliver" } }),
  ],
  [1, "webhooks repeat", ({ door }) => door("POST /webhooks/repeat", { times: 30 })],
  [1, "cron stops", away("/cron", { down: [{ mode: "stop" }], up: { mode: "run" } })],
  [
    1,
    "Postgres restarts",
    ({ door }, random) => door("POST /postgres/restart", { mode: drawOne(random, RESTART_MODES) }),
  ],
  [1, "Realtime is away", away("/realtime", { down: [{ mode: "down" }], up: { mode: "up" } })],
  [1, "the generation function is killed", ({ door }) => door("POST /functions/generation/kill")],
  [2, "a user cancels", cancelOne],
  [2, "two sweeps at once", (arena) => Promise.all([arena.sweep(), arena.sweep()])],
];
const TOTAL = STRIKES.reduce((sum, [weight]) => sum + weight, 0);

/** A mixed round. */
export const MIXED_SCENARIO: Scenario = {
  name: "mixed",
  about: "all of it at random",
  // A lease that outlives a restart of Postgres, as the default one does.
  settings: { max_attempts: 50, lease_seconds: 6, max_concurrent: 8 },
  mayMiss: true,
  async run(context) {
    const { arena, random, scale, progress } = context;
    await arena.door("PUT /openai/latency", { ms: 300, jitter_ms: 250 });
    const users = await logUsersIn(context, 10);
    const until = Date.now() + scale.mixedSeconds * 1000;
    const submitting = keepSubmitting(context, until);
    while (Date.now() < until) {
      const [name, strike] = drawStrike(random);
      progress(`${users.length} users, ${arena.jobs.length} jobs: ${name}`);
      await strike(arena, random);
      await pause(drawInteger(random, [50, 600]));
    }
    await arena.heal();
    await submitting;
    await untilEnded(context);
  },
};

/** Two jobs a second, from before the first strike to the last. */
async function keepSubmitting(context: Context, until: number): Promise<void> {
  const { users } = context.arena;
  while (Date.now() < until) {
    await submitJobs(context, { users, jobs: 4, concurrency: 4 });
    await pause(500);
  }
}

function drawStrike(random: Random): [name: string, strike: Strike] {
  let left = random() * TOTAL;
  for (const [weight, name, strike] of STRIKES) {
    left -= weight;
    if (left < 0) return [name, strike];
  }
  return ["the provider fails", strikeProvider];
}
