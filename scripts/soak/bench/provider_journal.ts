/** What the OpenAI stand-in saw: the benchmark's witness of how many images were in flight. */
import type { OpenAiRequest } from "../../stack/openai.ts";
import type { BenchStack } from "./bench_stack.ts";

/** One call of the provider, in milliseconds since the epoch. */
export interface ProviderCall {
  prompt: string;
  startedAt: number;
  /** Infinity while it is under way. */
  finishedAt: number;
  /** `ok`, or what was wrong, such as `429 rate_limit_exceeded`. */
  outcome: string;
}

/** Every call so far, by start. */
export async function readProviderCalls(
  { control }: Pick<BenchStack, "control">,
): Promise<ProviderCall[]> {
  const requests = await control.get<OpenAiRequest[]>("/openai/requests");
  return requests.map((request) => ({
    prompt: request.prompt ?? "",
    startedAt: Date.parse(request.started_at),
    finishedAt: request.finished_at === null ? Infinity : Date.parse(request.finished_at),
    outcome: request.outcome,
  })).sort((a, b) => a.startedAt - b.startedAt);
}

/** A call's start, and how many were in flight then, itself included. */
export interface Start {
  call: ProviderCall;
  inFlight: number;
}

/** Counts, at each start, the calls in flight. One that ends in the millisecond of a start has ended. */
export function countInFlight(calls: readonly ProviderCall[]): Start[] {
  const ends = calls.map((call) => call.finishedAt).sort((a, b) => a - b);
  let ended = 0;
  return calls.map((call, index) => {
    while ((ends[ended] ?? Infinity) <= call.startedAt) ended++;
    return { call, inFlight: index + 1 - ended };
  });
}

/** The most calls in flight at any time; 0 without calls. */
export function maxInFlight(calls: readonly ProviderCall[]): number {
  return countInFlight(calls).reduce((most, { inFlight }) => Math.max(most, inFlight), 0);
}
