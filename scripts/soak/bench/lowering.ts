/** `lowering`: max_concurrent is obeyed live by several worker instances, down and up again. */
import { fillAndRing } from "./filled_queue.ts";
import { countInFlight, maxInFlight, readProviderCalls } from "./provider_journal.ts";
import { type Bench, type Figure, mustBeZero, type Scenario } from "./scenario.ts";
import { waitUntilFinished } from "./submissions.ts";
import { startWorkerFleet } from "./worker_fleet.ts";

export const lowering: Scenario = {
  name: "lowering",
  about: "max_concurrent 50 -> 5 -> 50 in mid-run, four worker instances: what the provider sees",
  run,
};

async function run(bench: Bench): Promise<Figure[]> {
  const { stack, isQuick, say } = bench;
  const size = isQuick
    ? { jobs: 60, high: 6, low: 2, latencyMs: 200, holdMs: 700 }
    : { jobs: 600, high: 50, low: 5, latencyMs: 1_000, holdMs: 5_000 };
  await stack.control.put("/openai/latency", { ms: size.latencyMs, jitter_ms: size.latencyMs / 2 });
  await stack.configure({
    max_concurrent: size.high,
    max_pending_per_user: 1_000,
    max_queue_seconds: 100_000,
  });
  // Instances of the hosted size: each fills its capacity alone, and all of them obey one limit.
  await using fleet = await startWorkerFleet(stack, { instances: 4, capacity: 16 });
  await fillAndRing(bench, { jobs: size.jobs, prefix: "lowering" });

  const change = async (limit: number) => {
    await new Promise((resolve) => setTimeout(resolve, size.holdMs));
    say(`max_concurrent becomes ${limit}`);
    await stack.configure({ max_concurrent: limit });
    // By the database's clock, which is the machine's, once the change is committed.
    return Date.now();
  };
  const loweredAt = await change(size.low);
  const raisedAt = await change(size.high);
  await waitUntilFinished(stack, {
    onProgress: (left) => say(`${size.jobs - left} of ${size.jobs} pictures`),
    timeoutSeconds: 300,
  });

  const claimedAt = await readClaimTimes(stack.sql);
  const calls = await readProviderCalls(stack);
  // A call claimed before the change may reach the provider after it: what counts is its claim.
  const lowStarts = countInFlight(calls).filter(({ call }) => {
    const at = claimedAt.get(call.prompt) ?? NaN;
    return at > loweredAt && at < raisedAt;
  });
  const overshoot = lowStarts.map(({ inFlight }) => inFlight - size.low);
  const afterRaise = countInFlight(calls).find(({ call, inFlight }) =>
    call.startedAt > raisedAt && inFlight === size.high
  );
  return [
    mustBeZero("in flight beyond the high limit", Math.max(0, maxInFlight(calls) - size.high)),
    mustBeZero("in flight beyond the low limit", Math.max(0, ...overshoot)),
    {
      name: "starts under the low limit",
      value: lowStarts.length,
      unit: "",
      wanted: { atLeast: 1 },
    },
    {
      name: "raised to all slots in use",
      value: (afterRaise?.call.startedAt ?? NaN) - raisedAt,
      unit: "ms",
    },
    {
      name: "instances that were rung",
      value: (await fleet.report()).rings.filter((rings) => rings > 0).length,
      unit: "",
    },
    mustBeZero("jobs without a picture", size.jobs - calls.length),
  ];
}

async function readClaimTimes(sql: Bench["stack"]["sql"]): Promise<Map<string, number>> {
  const rows = await sql<{ prompt: string; claimed_at: Date }[]>`
    select g.prompt, a.claimed_at
    from private.generation_attempts as a join public.generations as g on g.id = a.generation_id
    where a.attempt = 1`;
  return new Map(rows.map((row) => [row.prompt, row.claimed_at.getTime()]));
}
