/** What a scenario itself expects of its jobs. */
import { insist } from "../insist.ts";
import type { Context } from "./scenario.ts";

/** Adds a violation unless the jobs ended in just these ways. */
export async function expectEnds(
  { arena, violations }: Context,
  wanted: Record<string, number>,
): Promise<void> {
  const userIds = arena.users.map(({ id }) => id);
  const rows = await insist(() =>
    arena.sql<{ status: string; count: number }[]>`
      select status, count(*)::int as count from public.generations
      where user_id = any (${userIds}::uuid[]) group by status`
  );
  const found = Object.fromEntries(rows.map(({ status, count }) => [status, count]));
  for (const status of new Set([...Object.keys(found), ...Object.keys(wanted)])) {
    const [is, should] = [found[status] ?? 0, wanted[status] ?? 0];
    if (is !== should) violations.push(`${is} jobs are ${status}, wanted ${should}`);
  }
}

/**
 * Adds a violation unless every job is COMPLETED, or FAILED with the two calls that OpenAI may have billed:
 * a third is never made for one job.
 */
export async function expectDrawnOrBoughtTwice(
  { arena, violations }: Context,
  jobs: number,
): Promise<void> {
  const userIds = arena.users.map(({ id }) => id);
  const rows = await insist(() =>
    arena.sql<{ id: string; status: string; bought: number }[]>`
      select id, status, private.count_purchases(id)::int as bought from public.generations
      where user_id = any (${userIds}::uuid[])`
  );
  if (rows.length !== jobs) violations.push(`${rows.length} jobs, wanted ${jobs}`);
  if (!rows.some(({ status }) => status === "COMPLETED")) violations.push("No job is COMPLETED");
  for (const { id, status, bought } of rows) {
    if (status === "COMPLETED" || status === "FAILED" && bought === 2) continue;
    violations.push(`${id} is ${status} after ${bought} calls that may be billed`);
  }
}
