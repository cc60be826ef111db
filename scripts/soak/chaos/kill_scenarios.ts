/** SIGKILL of the worker at each step, again and again. */
import type { Context, Scenario } from "./scenario.ts";
import { countOpen, fill, untilEnded } from "./scenario.ts";
import { KILL_POINTS, type KillPoint } from "./kill_points.ts";

/**
 * The short form: a kill at each of a few steps, each with new jobs, so that nobody waits for the slots of
 * the dead; all come back together.
 */
export const SHORT_KILLS: Scenario = {
  name: "kills",
  about: "one SIGKILL at each of a few steps",
  settings: { max_attempts: 100, max_concurrent: 40, lease_seconds: 5 },
  async run(context) {
    const names = ["after_claim", "during_openai", "during_put", "after_put", "before_complete"];
    for (const point of KILL_POINTS.filter(({ name }) => names.includes(name))) {
      await killAt(point, context, { bring: () => fill(context, { jobs: 2 }) });
    }
    await untilEnded(context);
  },
};

/** Longest wait for a worker to come to the step, in seconds: the lease, a sweep, a start. */
const STEP_SECONDS = 40;

/** Enough attempts for a job to be hit by every kill; few enough in flight for the jobs to last. */
const SETTINGS = { max_attempts: 100, max_concurrent: 4, lease_seconds: 3 };
const LATENCY = { ms: 400, jitter_ms: 200 };

/** One scenario a step, and one in which only cron brings the jobs back. */
export const KILL_SCENARIOS: readonly Scenario[] = [
  ...KILL_POINTS.map((point): Scenario => ({
    name: `kill_${point.name}`,
    about: `SIGKILL of the worker, ${point.name.replaceAll("_", " ")}`,
    settings: SETTINGS,
    async run(context) {
      await context.arena.door("PUT /openai/latency", LATENCY);
      await fill(context, { jobs: context.scale.jobs });
      for (let kill = 1; kill <= context.scale.kills; kill++) {
        context.progress(`kill ${kill} of ${context.scale.kills}`);
        if (!await killAt(point, context)) break;
      }
      await untilEnded(context);
    },
  })),
  {
    name: "kill_last_attempt",
    about: "SIGKILL with the picture stored and no attempt left: refunded, and the picture removed",
    settings: { ...SETTINGS, max_attempts: 1 },
    async run(context) {
      await context.arena.door("PUT /openai/latency", LATENCY);
      await fill(context, { jobs: 16 });
      const point = KILL_POINTS.find(({ name }) => name === "before_complete");
      if (point !== undefined) await killAt(point, context);
      await untilEnded(context);
    },
  },
  {
    name: "kill_cron_alone",
    about: "SIGKILL at three steps; nothing but the schedule brings the jobs back",
    settings: SETTINGS,
    async run(context) {
      await context.arena.door("PUT /openai/latency", LATENCY);
      await fill(context, { jobs: 30 });
      for (const name of ["during_openai", "after_put", "before_complete"]) {
        const point = KILL_POINTS.find((each) => each.name === name);
        if (point !== undefined) await killAt(point, context, { hurry: false });
      }
      await untilEnded(context, { hurry: false });
    },
  },
];

/**
 * Kills the worker once, exactly at a step; a kill that missed the step is repeated.
 *
 * @returns False when no worker came there.
 */
export async function killAt(
  point: KillPoint,
  context: Context,
  { hurry = true, bring = () => Promise.resolve() }: {
    hurry?: boolean;
    /** Brings jobs to the step, once the trap is set. */
    bring?: () => Promise<unknown>;
  } = {},
): Promise<boolean> {
  const { arena, violations } = context;
  for (let miss = 0; miss < 5; miss++) {
    const trap = await point.set(arena);
    const bringing = bring();
    try {
      const id = await waitFor(trap.sprung, context, hurry);
      if (id === undefined) break;
      await arena.killWorker();
      if (await trap.isExact(id)) return true;
      context.notes.push(`a kill missed the step ${point.name}`);
    } finally {
      await trap.release();
      await bringing;
    }
  }
  violations.push(
    `No kill ${point.name} after ${arena.kills.length}: ${await countOpen(arena)} jobs are open`,
  );
  return false;
}

/** Waits for the trap; sweeps meanwhile, where cron would every ten seconds. */
async function waitFor(
  sprung: (signal: AbortSignal) => Promise<string>,
  { arena }: Context,
  hurry: boolean,
): Promise<string | undefined> {
  const giveUp = new AbortController();
  const limit = setTimeout(() => giveUp.abort(), STEP_SECONDS * 1000);
  let sweeping: Promise<void> = Promise.resolve();
  const sweep = () => {
    sweeping = sweeping.then(() => arena.sweep()).catch(() => undefined);
  };
  const timer = hurry ? setInterval(sweep, 500) : undefined;
  try {
    return await sprung(giveUp.signal);
  } catch (error) {
    if (giveUp.signal.aborted) return undefined;
    throw error;
  } finally {
    clearTimeout(limit);
    clearInterval(timer);
  }
}
