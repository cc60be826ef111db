/** The judge of money spent at the provider: no job has more billed calls than what was done to it explains. */
import type { Arena } from "./arena.ts";
import { insist } from "../insist.ts";
import { busiestMoment, keyOf, type OpenAiRequest, readCalls, readPuts } from "./journals.ts";
import type { Job } from "./users.ts";

/** What the provider saw. */
export interface CallStatistics {
  calls: number;
  billed: number;
  mostBilledOfOne: number;
  mostInFlight: number;
}

/** Compares the provider's journal with the kills. */
export async function judgeCalls(
  arena: Arena,
  { maxConcurrent }: { maxConcurrent: number },
): Promise<{ violations: string[]; statistics: CallStatistics }> {
  const violations: string[] = [];
  const calls = await readCalls(arena);
  const storedAt = new Map<string, number>();
  for (const { key, at, outcome } of await readPuts(arena)) {
    const isStored = outcome === "ok" || outcome === "lost";
    if (isStored && !storedAt.has(key)) storedAt.set(key, Date.parse(at));
  }
  const givenBack = await countGivenBack(arena);
  const lost = await readLost(arena);
  const callsOf = Map.groupBy(calls, ({ prompt }) => prompt);
  let mostBilledOfOne = 0;
  for (const job of arena.jobs) {
    const billed = (callsOf.get(job.prompt) ?? []).filter((call) => call.billed);
    mostBilledOfOne = Math.max(mostBilledOfOne, billed.length);
    const explained = 1 +
      countExplanations(arena, { job, billed, lost, storedAt: storedAt.get(keyOf(job)) }) +
      (givenBack.get(job.id) ?? 0);
    if (billed.length > explained) {
      const outcomes = billed.map(({ outcome }) => outcome).join(", ");
      violations.push(
        `${billed.length} billed calls, ${explained} explained: "${job.prompt}" (${outcomes})`,
      );
    }
  }
  const busiest = busiestMoment(calls);
  if (busiest.length > maxConcurrent) {
    const shown = busiest.map(({ prompt, started_at, finished_at, outcome }) =>
      `\n    ${started_at} ${finished_at} ${outcome} ${prompt}`
    );
    violations.push(
      `${busiest.length} calls in flight, max_concurrent is ${maxConcurrent}:${shown.join("")}`,
    );
  }
  const statistics = {
    calls: calls.length,
    billed: calls.filter(({ billed }) => billed).length,
    mostBilledOfOne,
    mostInFlight: busiest.length,
  };
  return { violations, statistics };
}

/** Attempts whose worker did not come back, as `<generation>/<attempt>`. */
async function readLost({ sql }: Arena): Promise<Set<string>> {
  const rows = await insist(() =>
    sql<{ name: string }[]>`
      select generation_id || '/' || attempt as name from private.generation_attempts
      where outcome = 'lost'`
  );
  return new Set(rows.map(({ name }) => name));
}

/** Attempts whose call was left or whose picture was lost: the worker was told to end, an operator took the job, the bucket was away. */
async function countGivenBack({ sql }: Arena): Promise<Map<string, number>> {
  const rows = await insist(() =>
    sql<{ generation_id: string; count: number }[]>`
      select generation_id, count(*)::int as count from private.generation_attempts
      where outcome in ('interrupted', 'released', 'storage') group by generation_id`
  );
  return new Map(rows.map(({ generation_id, count }) => [generation_id, count]));
}

function countExplanations(
  { kills, lostLeases }: Pick<Arena, "kills" | "lostLeases">,
  { job, billed, lost, storedAt = Infinity }: {
    job: Job;
    billed: OpenAiRequest[];
    lost: ReadonlySet<string>;
    storedAt: number | undefined;
  },
): number {
  const first = Math.min(...billed.map(({ started_at }) => Date.parse(started_at)));
  // Between the call and the stored object; and it was this worker that had it.
  const hits = kills.filter(({ from, to, hit }) =>
    to >= first && from <= storedAt &&
    hit.some(({ generation_id, attempt }) =>
      generation_id === job.id && lost.has(`${generation_id}/${attempt}`)
    )
  );
  // The provider answered something that is billed and no picture of the job's.
  const faults = billed.filter(({ outcome }) =>
    !["ok", "aborted", "in_progress"].includes(outcome)
  );
  // A worker that could not reach the database left its call before the lease was another's.
  const left = lostLeases.filter(({ generation_id }) => generation_id === job.id);
  return hits.length + faults.length + left.length;
}
