/** `throughput`: how near the worker comes to the provider's own pace. */
import { generateAll } from "./filled_queue.ts";
import { processorFigures, readProcessorTime, spentBetween } from "./processor_time.ts";
import { maxInFlight, readProviderCalls } from "./provider_journal.ts";
import { type Bench, type Figure, mustBeZero, type Scenario } from "./scenario.ts";
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
  await generateAll(bench, { jobs: size.warmUps, prefix: "warm up" });
  await stack.control.delete("/openai/requests");

  const before = readProcessorTime(stack);
  const rangAt = await generateAll(bench, { jobs: size.jobs, prefix: "throughput" });
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
