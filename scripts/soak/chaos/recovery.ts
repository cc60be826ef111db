/** How long a killed worker's jobs took to come back, against the end of their leases. */
import type { Arena } from "./arena.ts";
import { insist } from "../insist.ts";

/** In milliseconds after the lease's end. */
export interface Recovery {
  /** Jobs that were hit by a kill and came back. */
  jobs: number;
  /** Until the sweep gave them back: the median, and the longest. */
  givenBack: { median: number; longest: number };
  /** Until a worker claimed them again. */
  claimedAgain: { median: number; longest: number };
}

/** Measures; `undefined` when no kill hit a job. */
export async function measureRecovery({ sql, kills }: Arena): Promise<Recovery | undefined> {
  const hit = kills.flatMap((kill) => kill.hit);
  const rows = await insist(() =>
    sql<{ given_back: number; claimed_again: number | null }[]>`
      select
        extract(epoch from a.finished_at - a.lease_expires_at)::float * 1000 as given_back,
        extract(epoch from n.claimed_at - a.lease_expires_at)::float * 1000 as claimed_again
      from jsonb_to_recordset(${sql.json(hit as never)}) as h (generation_id uuid, attempt int)
      join private.generation_attempts as a
        on a.generation_id = h.generation_id and a.attempt = h.attempt and a.outcome = 'lost'
      left join private.generation_attempts as n
        on n.generation_id = a.generation_id and n.attempt = a.attempt + 1`
  );
  if (rows.length === 0) return undefined;
  return {
    jobs: rows.length,
    givenBack: summarize(rows.map(({ given_back }) => given_back)),
    claimedAgain: summarize(rows.flatMap(({ claimed_again }) => claimed_again ?? [])),
  };
}

function summarize(values: number[]): { median: number; longest: number } {
  const sorted = values.toSorted((a, b) => a - b);
  return {
    median: Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0),
    longest: Math.round(sorted.at(-1) ?? 0),
  };
}
