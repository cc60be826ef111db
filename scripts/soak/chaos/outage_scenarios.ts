/** The bucket, Redis, the webhooks, Postgres and Realtime fail, each alone. */
import type { S3Faults } from "../../stack/s3.ts";
import { expectEnds } from "./expect_ends.ts";
import { pause } from "../insist.ts";
import {
  type Context,
  fill,
  logUsersIn,
  type Scenario,
  submitJobs,
  untilEnded,
} from "./scenario.ts";

const JOBS = 30;

/** How long something is away, in milliseconds. */
const AWAY_MS = 3_000;

const PATIENT = { max_attempts: 50 };

/** A bucket that fails for a while, or for some requests. */
function bucket(name: string, about: string, faults: S3Faults): Scenario {
  return {
    name: `s3_${name}`,
    about,
    settings: PATIENT,
    async run(context) {
      await context.arena.door("PUT /s3/faults", faults);
      await fill(context, { jobs: JOBS });
      await pause(AWAY_MS);
      await context.arena.door("PUT /s3/faults", "ok");
      await untilEnded(context);
      await expectEnds(context, { COMPLETED: JOBS });
    },
  };
}

/** Longer than a worker keeps a picture in hand. */
const LONG_OUTAGE_MS = 75_000;
/** Pictures the stack's worker holds in hand, and a few probes. */
const MOST_LOST = 128 + 3;
const LONG_OUTAGE_JOBS = 300;

/** A bucket that is away for so long that pictures are lost: those in hand, and no others. */
const LONG_BUCKET_OUTAGE: Scenario = {
  name: "s3_outage",
  about: "the bucket is away for longer than a picture can be held: only those in hand are lost",
  settings: { ...PATIENT, max_queue_seconds: 3_600 },
  async run(context) {
    const { arena, violations, notes } = context;
    await arena.door("PUT /s3/faults", "down");
    await fill(context, { jobs: LONG_OUTAGE_JOBS });
    context.progress("the bucket is away");
    await pause(LONG_OUTAGE_MS);
    await arena.door("PUT /s3/faults", "ok");
    await untilEnded(context);
    await expectEnds(context, { COMPLETED: LONG_OUTAGE_JOBS });
    const [row] = await arena.sql`
      select count(*)::int as count from private.generation_attempts where outcome = 'storage'`;
    notes.push(`${row?.count} pictures lost`);
    if (row?.count > MOST_LOST) {
      violations.push(`${row?.count} pictures lost, wanted ${MOST_LOST} at most`);
    }
  },
};

/** Redis fails while the users submit. */
function redis(name: "down" | "hang"): Scenario {
  return {
    name: `redis_${name}`,
    about: `Redis is ${name === "down" ? "down" : "hanging"}: the limit is kept in Postgres`,
    async run(context) {
      const { arena } = context;
      if (!arena.variables.UPSTASH_REDIS_REST_URL) {
        return void context.notes.push("no redis-server on PATH");
      }
      const users = await logUsersIn(context, 10);
      await arena.door("PUT /redis/faults", name);
      await submitJobs(context, { users, jobs: JOBS });
      await arena.door("PUT /redis/faults", "ok");
      await submitJobs(context, { users, jobs: JOBS });
      await untilEnded(context);
      await expectEnds(context, { COMPLETED: 2 * JOBS });
    },
  };
}

/** Postgres restarts, again and again, while users submit and workers work. */
function postgres(mode: "fast" | "immediate"): Scenario {
  return {
    name: `postgres_${mode}`,
    about: `Postgres restarts in mid-run ${mode === "fast" ? "in order" : "as after a crash"}`,
    // A lease that outlives the outage, as the default one does.
    settings: { max_attempts: 50, lease_seconds: 8 },
    mayMiss: true,
    async run(context) {
      const { arena } = context;
      await arena.door("PUT /openai/latency", { ms: 300, jitter_ms: 200 });
      const users = await logUsersIn(context, 10);
      const submitting = submitJobs(context, { users, jobs: 2 * JOBS, concurrency: 4 });
      for (let restart = 1; restart <= 4; restart++) {
        await pause(400 + context.random() * 600);
        context.progress(`restart ${restart} of 4`);
        await arena.door("POST /postgres/restart", { mode });
      }
      await submitting;
      await untilEnded(context);
    },
  };
}

/** What surrounds the functions fails. */
export const OUTAGE_SCENARIOS: readonly Scenario[] = [
  bucket("down", "the bucket refuses connections for three seconds", "down"),
  bucket("hang", "the bucket does not answer for three seconds", "hang"),
  bucket("server_errors", "the bucket answers 500 and 503", [
    { status: 500, times: 15 },
    { status: 503, times: 15 },
  ]),
  bucket("lost_answers", "the bucket stores, and its answer is lost", [
    { method: "PUT", lose_answer: true, times: 15 },
  ]),
  LONG_BUCKET_OUTAGE,
  redis("down"),
  redis("hang"),
  {
    name: "webhooks_dropped",
    about: "no webhook arrives: the schedule alone rings",
    async run(context) {
      await context.arena.door("PUT /webhooks", { mode: "drop" });
      await fill(context, { jobs: JOBS });
      await untilEnded(context, { hurry: false });
      await expectEnds(context, { COMPLETED: JOBS });
    },
  },
  {
    name: "webhooks_repeated",
    about: "every webhook arrives many times over",
    async run(context) {
      const submitting = fill(context, { jobs: JOBS });
      await repeatRings(context, 20);
      await submitting;
      await repeatRings(context, 10);
      await untilEnded(context);
      await expectEnds(context, { COMPLETED: JOBS });
    },
  },
  postgres("fast"),
  postgres("immediate"),
  {
    name: "realtime_down",
    about: "Realtime is away: the users look for themselves",
    mayMiss: true,
    async run(context) {
      const users = await logUsersIn(context, 8);
      await context.arena.door("PUT /realtime", { mode: "down" });
      await submitJobs(context, { users, jobs: JOBS });
      await untilEnded(context);
      await context.arena.door("PUT /realtime", { mode: "up" });
      await expectEnds(context, { COMPLETED: JOBS });
    },
  },
  {
    name: "functions_killed",
    about: "SIGKILL of the function that takes submissions, while it does",
    async run(context) {
      const users = await logUsersIn(context, 10);
      const submitting = submitJobs(context, { users, jobs: JOBS, concurrency: 12 });
      for (let kill = 0; kill < 3; kill++) {
        await pause(100 + context.random() * 300);
        await context.arena.door("POST /functions/generation/kill");
      }
      await submitting;
      await untilEnded(context);
      await expectEnds(context, { COMPLETED: JOBS });
    },
  },
];

async function repeatRings({ arena }: Context, times: number): Promise<void> {
  for (let ring = 0; ring < times; ring++) {
    await arena.door("POST /webhooks/repeat", { times: 20 });
    await pause(20);
  }
}
