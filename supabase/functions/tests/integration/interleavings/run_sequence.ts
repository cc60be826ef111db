/** One short sequence: a few sessions do random things at once, and everything is looked at, during and after. */
import { createRandom } from "../../fakes.ts";
import { drawAction } from "./actions.ts";
import { findViolations, LOST_MESSAGE } from "./invariants.ts";
import type { World } from "./world.ts";

/** What is run. */
export interface SequenceOptions {
  seed: number;
  sessions: number;
  steps: number;
}

/** Refusals of our own; every other SQLSTATE (a deadlock, a broken constraint) is a failure. */
const REFUSAL = /^PX(00[34]|402|404|409|410|430|503)$/;

/** Runs the sequence; gives what went wrong. */
export async function runSequence(world: World, options: SequenceOptions): Promise<string[]> {
  const wrong: string[] = [];
  let running = options.sessions;
  async function session(number: number): Promise<void> {
    const random = createRandom(options.seed * 31 + number);
    for (let step = 0; step < options.steps; step++) {
      const { name, act } = drawAction(random);
      world.history.push(`${number}: ${name}`);
      await act(world, random).catch((error) => {
        if (REFUSAL.test(error.code ?? "")) return;
        // Of a deadlock the detail says who waited for whom.
        const words = [error.code, error.message, error.detail, error.where].filter(Boolean);
        wrong.push(`"${name}" failed: ${words.join(" ")}`);
      });
    }
    running--;
  }
  async function watch(): Promise<void> {
    while (running > 0) {
      await look("during");
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
  async function look(when: string): Promise<void> {
    for (const { violation, detail } of await findViolations(world.admin)) {
      // Asked after the look: the message may have been removed while it was under way.
      if (violation === LOST_MESSAGE && world.messagesMayBeLost) continue;
      wrong.push(`${when}: ${violation} (${detail})`);
    }
  }
  const sessions = Array.from({ length: options.sessions }, (_, number) => session(number));
  await Promise.all([...sessions, watch()]);
  await look("after");
  await drain(world);
  await look("after it was drained");
  wrong.push(...await findUnended(world), ...world.warnings);
  for (const [id, ends] of world.ends) {
    if (ends.length > 1) wrong.push(`${id} ended more than once: ${ends.join(", ")}`);
  }
  return [...new Set(wrong)];
}

/** One worker that succeeds with everything, and the sweep: what is still open must come to its end by them. */
async function drain(world: World): Promise<void> {
  const { api, admin } = world;
  await admin`select admin.resume()`;
  await admin`
    update private.generation_attempts set lease_expires_at = clock_timestamp() - interval '1 second'
    where finished_at is null`;
  await admin`select private.sweep()`;
  world.messagesMayBeLost = false;
  for (let round = 0; round < 100; round++) {
    await admin`update pgmq.q_generations set vt = clock_timestamp()`;
    const [row] = await api`select public.claim_generations(gen_random_uuid(), 100) as c`;
    const jobs: { generation_id: string; attempt: number }[] = row?.c.jobs ?? [];
    if (jobs.length === 0) return;
    for (const { generation_id, attempt } of jobs) {
      await api`
        select public.complete_generation(${generation_id}, ${attempt}, 'https://example.com/1.png')`;
    }
  }
}

async function findUnended({ admin }: World): Promise<string[]> {
  const rows = await admin`
    select g.id, g.status, g.message_id from public.generations as g where g.finished_at is null
    union all select null, 'message', q.msg_id from pgmq.q_generations as q
    union all select a.generation_id, 'attempt', a.attempt
    from private.generation_attempts as a where a.finished_at is null`;
  return rows.map((row) => `never ended: ${row.status} ${row.id} ${row.message_id}`);
}
