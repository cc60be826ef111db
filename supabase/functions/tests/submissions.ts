/** Submissions put to SQL as the function does, for tests of the database. */
import type postgres from "postgres";
import type { SubmissionArguments, SubmissionResult } from "../_shared/generations/client_store.ts";

/** A validated submission of a cheap picture. */
export function submissionOf(
  userId: string,
  changes: Partial<SubmissionArguments> = {},
): Partial<SubmissionArguments> {
  return {
    generation_id: crypto.randomUUID(),
    user_id: userId,
    prompt: "a fox",
    size: "1024x1024",
    quality: "low",
    output_format: "png",
    ...changes,
  };
}

/** What `submit_generations` gives for a batch, in its order. */
export async function submitTogether(
  sql: postgres.ISql,
  submissions: readonly Partial<SubmissionArguments>[],
): Promise<SubmissionResult[]> {
  const [row] = await sql`select public.submit_generations(${sql.json(submissions as never)}) as s`;
  return row?.s;
}

/**
 * Submits one, again while its user is busy; the id and the answer.
 *
 * @throws {Error} With the refusal's `code` and message.
 */
export async function submitOne(
  sql: postgres.ISql,
  userId: string,
  changes: Partial<SubmissionArguments> = {},
): Promise<{ id: string; credits: number; queue: { position: number } }> {
  const submission = submissionOf(userId, changes);
  while (true) {
    const [result] = await submitTogether(sql, [submission]);
    if (result?.outcome === "refused") {
      throw Object.assign(new Error(result.refusal.message), { code: result.refusal.code });
    }
    if (result?.outcome !== "busy") return result?.answer as never;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
