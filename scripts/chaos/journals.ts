/** What the provider and the bucket saw, read from the stand-ins' journals. */
import type { OpenAiRequest } from "../stack/openai.ts";
import type { S3JournalEntry } from "../stack/s3.ts";
import type { Arena } from "./arena.ts";
import type { Job } from "./users.ts";

export type { OpenAiRequest, S3JournalEntry };

/** Every image request of the scenario. */
export function readCalls({ door }: Pick<Arena, "door">): Promise<OpenAiRequest[]> {
  return door<OpenAiRequest[]>("GET /openai/requests");
}

/** Every request the bucket received in the scenario. */
export function readPuts({ door }: Pick<Arena, "door">): Promise<S3JournalEntry[]> {
  return door<S3JournalEntry[]>("GET /s3/requests")
    .then((entries) => entries.filter(({ method }) => method === "PUT"));
}

/** Where a job's picture is stored. */
export function keyOf({ id, format }: Job): string {
  return `generations/${id}.${format}`;
}

/** The most image requests there were at any moment. */
export function mostInFlight(calls: readonly OpenAiRequest[]): number {
  const changes = calls.flatMap(({ started_at, finished_at }) => {
    const from = Date.parse(started_at);
    const to = finished_at === null ? Infinity : Date.parse(finished_at);
    // Journals have milliseconds: what ends and what begins within one do not overlap.
    return to > from ? [{ at: from, by: 1 }, { at: to, by: -1 }] : [];
  }).sort((a, b) => a.at - b.at || a.by - b.by);
  let now = 0;
  let most = 0;
  for (const { by } of changes) most = Math.max(most, now += by);
  return most;
}
