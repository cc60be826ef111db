/** `start`: from the commit of a submission to the start of its work. */
import { readProviderCalls } from "./provider_journal.ts";
import type { Bench, Figure, Scenario } from "./scenario.ts";
import { percentile } from "../statistics.ts";
import { submitAccepted, waitUntilFinished } from "./submissions.ts";
import { type BenchUser, createUsers } from "./users.ts";

/**
 * One user a submission, so that no lane holds anything back. "By a 10 s poll" loses every webhook, so
 * that the sweep, every ten seconds, is all that starts work: the pattern of Supabase's own guide.
 */
export const start: Scenario = {
  name: "start",
  about: "submission to worker start: idle, under load, and beside a 10 s cron poll",
  run,
};

async function run(bench: Bench): Promise<Figure[]> {
  const { stack, isQuick, say } = bench;
  const size = isQuick
    ? { idle: 3, load: 10, loadRate: 20, polled: 2 }
    : { idle: 40, load: 400, loadRate: 20, polled: 40 };
  await stack.configure({ max_concurrent: 50, max_queue_seconds: 100_000 });
  await stack.control.put("/openai/latency", { ms: 200 });
  const users = await createUsers(stack, { count: size.idle + size.load + size.polled + 1 });
  const take = (count: number) => users.splice(0, count);
  // The first of all waits for a connection here and a module there.
  await submitSpaced(bench, { users: take(1), prompt: "warm up", gapsMs: () => 1_000 });

  await submitSpaced(bench, {
    users: take(size.idle),
    prompt: "idle",
    gapsMs: drawLongGapMs,
  });
  const load = take(size.load);
  await submitSpaced(bench, {
    users: load,
    prompt: "load",
    gapsMs: () => -Math.log(Math.random()) * 1_000 / size.loadRate,
  });
  await stack.control.put("/webhooks", { mode: "drop" });
  await submitSpaced(bench, {
    users: take(size.polled),
    prompt: "poll",
    gapsMs: drawLongGapMs,
  });
  say("waiting for the last sweep");
  await waitUntilFinished(stack, { onProgress: () => {}, timeoutSeconds: 60 });
  return [
    ...await figuresOf(bench, { prompt: "idle", p50AtMost: 50 }),
    ...await figuresOf(bench, { prompt: "load" }),
    ...await figuresOf(bench, { prompt: "poll" }),
  ];
}

/** Longer than a worker lingers, so that each submission finds it at rest. */
function drawLongGapMs(): number {
  return 1_000 + Math.random() * 200;
}

interface Spaced {
  users: readonly BenchUser[];
  prompt: string;
  /** Draws the milliseconds between two submissions. */
  gapsMs: () => number;
}

/** Submits without waiting for answers, and waits until all are finished unless nobody would start them. */
async function submitSpaced(
  { stack, say }: Bench,
  { users, prompt, gapsMs }: Spaced,
): Promise<void> {
  const submissions: Promise<string>[] = [];
  for (const [n, user] of users.entries()) {
    say(`${prompt}: ${n + 1} of ${users.length}`);
    submissions.push(submitAccepted(stack, { user, prompt: `${prompt} ${n}` }));
    await new Promise((resolve) => setTimeout(resolve, gapsMs()));
  }
  await Promise.all(submissions);
  if (prompt !== "poll") {
    await waitUntilFinished(stack, { onProgress: () => {}, timeoutSeconds: 60 });
  }
}

async function figuresOf(
  { stack }: Bench,
  { prompt, p50AtMost }: { prompt: string; p50AtMost?: number },
): Promise<Figure[]> {
  // created_at is read at the start of the submission's transaction, started_at in the claim.
  const rows = await stack.sql<{ prompt: string; created_at: Date; ms: number }[]>`
    select g.prompt, g.created_at, extract(epoch from g.started_at - g.created_at)::float8 * 1000 as ms
    from public.generations as g
    where g.prompt like ${prompt} || ' %' and g.started_at is not null`;
  const calls = new Map((await readProviderCalls(stack)).map((call) => [call.prompt, call]));
  const claims = rows.map((row) => row.ms);
  const requests = rows.map((row) =>
    (calls.get(row.prompt)?.startedAt ?? NaN) - row.created_at.getTime()
  );
  return [
    {
      name: `${prompt}: claim after, p50`,
      value: percentile(claims, 0.5),
      unit: "ms",
      ...(p50AtMost === undefined ? {} : { wanted: { atMost: p50AtMost } }),
    },
    { name: `${prompt}: claim after, p95`, value: percentile(claims, 0.95), unit: "ms" },
    { name: `${prompt}: at the provider after, p50`, value: percentile(requests, 0.5), unit: "ms" },
  ];
}
