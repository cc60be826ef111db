/** `pace`: a provider that says "too many", and one that sells so many a minute. */
import { countInFlight, type ProviderCall, readProviderCalls } from "./provider_journal.ts";
import { type Bench, type Figure, mustBeZero, type Scenario } from "./scenario.ts";
import { fillQueue, waitUntilFinished } from "./submissions.ts";
import { createUsers } from "./users.ts";

export const pace: Scenario = {
  name: "pace",
  about:
    "a rate 429 in mid-run: nobody starts before Retry-After, half the pace, recovery; a budget a minute",
  async run(bench) {
    return [...await rateLimited(bench), ...await budgeted(bench)];
  },
};

/** A claim that was answered when the 429 came is on its way to the provider for so long, in milliseconds. */
const ON_THE_WAY_MS = 500;

async function rateLimited(bench: Bench): Promise<Figure[]> {
  const { stack, isQuick } = bench;
  const size = isQuick
    ? { jobs: 60, concurrent: 4, latencyMs: 100, faultAfterMs: 300, retryAfter: 1 }
    : { jobs: 500, concurrent: 8, latencyMs: 400, faultAfterMs: 3_000, retryAfter: 3 };
  await stack.configure({ max_concurrent: size.concurrent });
  await stack.control.put("/openai/latency", { ms: size.latencyMs });
  await startQueue(bench, size.jobs);
  await new Promise((resolve) => setTimeout(resolve, size.faultAfterMs));
  const fault = { status: 429, code: "rate_limit_exceeded", retry_after: size.retryAfter };
  await stack.control.put("/openai/faults", [fault]);
  await finishQueue(bench, size.jobs);

  const calls = await readProviderCalls(stack);
  const refusedAt = calls.find((call) => call.outcome.startsWith("429"))?.finishedAt ?? NaN;
  const resumesAt = refusedAt + size.retryAfter * 1000;
  const starts = countInFlight(calls);
  const during = starts.filter(({ call }) =>
    call.startedAt > refusedAt + ON_THE_WAY_MS && call.startedAt < resumesAt
  );
  const slowed = starts.filter(({ call }) =>
    call.startedAt >= resumesAt && call.startedAt < resumesAt + 1_000
  );
  const full = starts.find(({ call, inFlight }) =>
    call.startedAt > resumesAt && inFlight === size.concurrent
  );
  const pictures = calls.filter((call) => call.outcome === "ok").length;
  return [
    mustBeZero("starts before Retry-After was over", during.length),
    {
      name: "in flight just after it / before it",
      value: Math.max(...slowed.map(({ inFlight }) => inFlight)) / size.concurrent,
      unit: "",
      // Half of it, grown by the steps of the wait.
      wanted: { atMost: 0.75 },
    },
    {
      name: "429 to the whole pace again",
      value: ((full?.call.startedAt ?? NaN) - refusedAt) / 1000,
      unit: "s",
    },
    mustBeZero("jobs without a picture", size.jobs - pictures),
  ];
}

async function budgeted(bench: Bench): Promise<Figure[]> {
  const { stack, isQuick } = bench;
  const size = isQuick ? { jobs: 20, budget: 1_200 } : { jobs: 100, budget: 60 };
  await stack.control.delete("/openai/requests");
  // The budget counts every claim of the last minute, those of the first part too.
  await stack
    .sql`update private.generation_attempts set claimed_at = claimed_at - interval '2 minutes'`;
  await stack.configure({ max_concurrent: 20, images_per_minute: size.budget });
  await startQueue(bench, size.jobs);
  await finishQueue(bench, size.jobs);
  const calls = await readProviderCalls(stack);
  return [
    { name: "images_per_minute", value: size.budget, unit: "" },
    mustBeZero("starts in 60 s beyond it", Math.max(0, mostInAMinute(calls) - size.budget)),
    { name: "most starts in 60 s", value: mostInAMinute(calls), unit: "" },
  ];
}

function mostInAMinute(calls: readonly ProviderCall[]): number {
  const starts = calls.map((call) => call.startedAt);
  return Math.max(...starts.map((at) => starts.filter((s) => s >= at && s < at + 60_000).length));
}

async function startQueue({ stack }: Bench, jobs: number): Promise<void> {
  await stack.configure({ max_pending_per_user: 1_000, max_queue_seconds: 100_000 });
  await stack.control.put("/webhooks", { mode: "drop" });
  const users = await createUsers(stack, { count: jobs });
  await fillQueue(stack, { userIds: users.map((user) => user.id), prefix: "pace" });
  await stack.control.put("/webhooks", { mode: "deliver" });
  await stack.control.post("/webhooks/repeat", { times: 1 });
}

async function finishQueue({ stack, say }: Bench, jobs: number): Promise<void> {
  await waitUntilFinished(stack, {
    onProgress: (left) => say(`${jobs - left} of ${jobs} pictures`),
    timeoutSeconds: 300,
  });
}
