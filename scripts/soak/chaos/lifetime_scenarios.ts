/** What a platform does to a worker beside killing it: ends it in order, freezes it, or lets it come late. */
import { insist, pause, untilFound } from "../insist.ts";
import { expectDrawnOrBoughtTwice } from "./expect_ends.ts";
import { type Context, fill, type Scenario, untilEnded } from "./scenario.ts";
import { startOtherWorker } from "./other_worker.ts";
import { signalWorker } from "./worker_process.ts";

const JOBS = 30;
const LATENCY = { ms: 600, jitter_ms: 300 };
const SETTINGS = { max_attempts: 50, max_concurrent: 6 };

/** The lifetime of a worker, and of a job. */
export const LIFETIME_SCENARIOS: readonly Scenario[] = [
  {
    name: "worker_ended",
    about: "SIGTERM in mid-work: what is unfinished is given back at once, not at the lease's end",
    settings: { ...SETTINGS, lease_seconds: 60 },
    async run(context) {
      await context.arena.door("PUT /openai/latency", LATENCY);
      await fill(context, { jobs: JOBS });
      for (let end = 0; end < 3; end++) {
        if (!await untilGenerating(context)) break;
        if (!signalWorker("SIGTERM")) return void context.notes.push("no /proc");
        await pause(1_500);
        await context.arena.sweep();
      }
      await untilEnded(context, { seconds: 50 });
      await expectDrawnOrBoughtTwice(context, JOBS);
    },
  },
  {
    name: "worker_frozen",
    about: "SIGSTOP until its leases are another's, then SIGCONT: the late worker changes nothing",
    settings: { ...SETTINGS, lease_seconds: 3 },
    async run(context) {
      const { arena } = context;
      await arena.door("PUT /openai/latency", LATENCY);
      await fill(context, { jobs: JOBS });
      for (let freeze = 0; freeze < 3; freeze++) {
        if (!await untilGenerating(context)) break;
        if (!signalWorker("SIGSTOP")) return void context.notes.push("no /proc");
        await pause(3_200);
        await arena.sweep();
        signalWorker("SIGCONT");
        await pause(500);
      }
      await untilEnded(context);
      await expectDrawnOrBoughtTwice(context, JOBS);
    },
  },
  {
    name: "two_workers",
    about:
      "two workers at once, one of them killed again and again: one semaphore, and the other takes over",
    settings: { ...SETTINGS, lease_seconds: 3 },
    async run(context) {
      const { arena } = context;
      await arena.door("PUT /openai/latency", LATENCY);
      await using other = startOtherWorker(arena);
      await fill(context, { jobs: 2 * JOBS });
      for (let kill = 0; kill < 5; kill++) {
        for (let ring = 0; ring < 4; ring++) {
          await other.ring();
          await pause(100 + context.random() * 300);
        }
        await arena.killWorker();
      }
      await untilEnded(context);
      await expectDrawnOrBoughtTwice(context, 2 * JOBS);
    },
  },
  {
    name: "expired",
    about: "jobs nobody could start in max_queue_seconds: refunded, while others are generated",
    settings: { max_concurrent: 2 },
    async run(context) {
      const { arena } = context;
      await arena.door("PUT /openai/latency", { ms: 700, jitter_ms: 300 });
      await fill(context, { jobs: 40 });
      await arena.configure({ max_queue_seconds: 2 });
      await pause(1_000);
      await untilEnded(context);
    },
  },
];

/** Waits until the provider is at work for somebody. */
async function untilGenerating({ arena }: Context): Promise<boolean> {
  const userIds = arena.users.map(({ id }) => id);
  const look = async () => {
    const [row] = await insist(() =>
      arena.sql`
        select count(*)::int as count from private.generation_attempts as a
        join public.generations as g on g.id = a.generation_id
        where a.finished_at is null and a.claimed_at < clock_timestamp() - interval '200 milliseconds'
          and a.lease_expires_at > clock_timestamp() and g.user_id = any (${userIds}::uuid[])`
    );
    return row?.count > 0 ? true : undefined;
  };
  return await untilFound(look, { seconds: 20, intervalMs: 50 }) ?? false;
}
