/** `throughput`: how near the worker comes to the provider's own pace. */
import { processorFigures, readProcessorTime, spentBetween } from "./processor_time.ts";
import { maxInFlight, readProviderCalls } from "./provider_journal.ts";
import { type Bench, type Figure, mustBeZero, type Scenario } from "./scenario.ts";
import { fillQueue, waitUntilFinished } from "./submissions.ts";
import { createUsers } from "./users.ts";
import { ringsAndClaims } from "./rings.ts";

/** 1,000 jobs of one second each, fifty at a time: ideally 20 seconds. */
export const throughput: Scenario = {
  name: "throughput",
  about: "1,000 jobs, 1 s at the provider, max_concurrent 50: achieved / ideal, once warm",
  run,
};

async function run(bench: Bench): Promise<Figure[]> {
  const { stack, isQuick } = bench;
  const size = isQuick
    ? { warmUps: 5, jobs: 20, concurrent: 5, latencyMs: 100 }
    : { warmUps: 200, jobs: 1_000, concurrent: 50, latencyMs: 1_000 };
  await stack.configure({
    max_concurrent: size.concurrent,
    max_pending_per_user: 1_000,
    max_queue_seconds: 100_000,
  });
  await stack.control.put("/openai/latency", { ms: size.latencyMs });
  // Fresh connections to Postgres compile every function anew: a fifth of the pace for the first seconds.
  await paintAll(bench, size.warmUps);
  await stack.control.delete("/openai/requests");

  const before = readProcessorTime(stack);
  const rangAt = await paintAll(bench, size.jobs);
  const spent = spentBetween(before, readProcessorTime(stack));
  const calls = await readProviderCalls(stack);
  const from = Math.min(...calls.map((call) => call.startedAt));
  const to = Math.max(...calls.map((call) => call.finishedAt));
  const rate = calls.length / ((to - from) / 1000);
  const ideal = size.concurrent / (size.latencyMs / 1000);
  const full = calls[size.concurrent - 1];
  const { rings, claimsWithWork } = await ringsAndClaims(stack);
  return [
    { name: "pictures a second", value: rate, unit: "/s" },
    { name: "achieved / ideal", value: rate / ideal, unit: "", wanted: { atLeast: 0.95 } },
    { name: "ring to all slots in use", value: (full?.startedAt ?? NaN) - rangAt, unit: "ms" },
    {
      name: "provider calls too many",
      value: calls.length - size.jobs,
      unit: "",
      wanted: { exactly: 0 },
    },
    mustBeZero(
      "in flight beyond max_concurrent",
      Math.max(0, maxInFlight(calls) - size.concurrent),
    ),
    { name: "rings / claims that found work", value: rings / claimsWithWork, unit: "" },
    ...processorFigures([spent], { name: "a picture", times: size.jobs }),
  ];
}

/** Five jobs a user, waiting while nobody listens; then one ring. Gives when it rang, once all are painted. */
async function paintAll({ stack, say }: Bench, jobs: number): Promise<number> {
  say(`filling the queue with ${jobs} while nobody listens`);
  await stack.control.put("/cron", { mode: "stop" });
  await stack.control.put("/webhooks", { mode: "drop" });
  const users = await createUsers(stack, { count: Math.ceil(jobs / 5) });
  const userIds = Array.from({ length: jobs }, (_, n) => users[n % users.length]?.id ?? "");
  await fillQueue(stack, { userIds, prefix: `throughput of ${jobs}` });
  await stack.control.put("/webhooks", { mode: "deliver" });
  await stack.control.put("/cron", { mode: "run" });
  const rangAt = Date.now();
  await stack.control.post("/webhooks/repeat", { times: 1 });
  await waitUntilFinished(stack, {
    onProgress: (left) => say(`${jobs - left} of ${jobs} pictures`),
    timeoutSeconds: 300,
  });
  return rangAt;
}
