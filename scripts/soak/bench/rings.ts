/** How often the doorbell rang, and how often there was work. */
import type { BenchStack } from "./bench_stack.ts";

/** Claims apart by less than this, in milliseconds, are one: a claim is a round trip of several. */
const ONE_CLAIM_MS = 1;

/** Counts since the stack started. */
export interface RingCounts {
  /** Webhooks delivered to the worker. */
  rings: number;
  /** Claims that took at least one job. */
  claimsWithWork: number;
}

/** Counts rings by pg_net's answers, and claims by the times of the attempts they made. */
export async function ringsAndClaims(
  { sql }: Pick<BenchStack, "sql">,
): Promise<RingCounts> {
  const [row] = await sql`
    select
      (select count(*)::integer from net._http_response) as rings,
      (
        select count(*)::integer
        from (
          select a.claimed_at - lag(a.claimed_at) over (order by a.claimed_at) as gap
          from private.generation_attempts as a
        ) as claim
        where gap is null or gap > make_interval(secs => ${ONE_CLAIM_MS / 1000})
      ) as claims`;
  return { rings: row?.rings, claimsWithWork: row?.claims };
}
