/** What the provider and the bucket saw, read from the stand-ins' journals. */
import type { OpenAiRequest } from "../../stack/openai.ts";
import type { S3JournalEntry } from "../../stack/s3.ts";
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

/** The image requests of the moment at which there were most. */
export function busiestMoment(calls: readonly OpenAiRequest[]): OpenAiRequest[] {
  const spans = calls.map((call) => ({
    call,
    from: Date.parse(call.started_at),
    to: call.finished_at === null ? Infinity : Date.parse(call.finished_at),
  }));
  let most: OpenAiRequest[] = [];
  for (const { from: moment } of spans) {
    // Journals have milliseconds: what ends and what begins within one do not overlap.
    const now = spans.filter(({ from, to }) => from <= moment && moment < to);
    if (now.length > most.length) most = now.map(({ call }) => call);
  }
  return most;
}
