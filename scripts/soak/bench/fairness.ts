/** `fairness`: one heavy user delays nobody, and unequal appetites get equal service. */
import { readProviderCalls } from "./provider_journal.ts";
import { type Bench, type Figure, mustBeZero, type Scenario } from "./scenario.ts";
import { jainIndex } from "../statistics.ts";
import { fillQueue, submitAccepted, waitUntilFinished } from "./submissions.ts";
import { createUsers } from "./users.ts";

export const fairness: Scenario = {
  name: "fairness",
  about: "A queues 100, then B one: B is next; Jain's index of 50 users of unequal appetite",
  async run(bench) {
    return [...await oneHeavyUser(bench), ...await unequalAppetites(bench)];
  },
};

/** Messages of one user in the queue at a time: so many starts of A may come before B's. */
const PER_USER = 2;

async function oneHeavyUser({ stack, isQuick, say }: Bench): Promise<Figure[]> {
  const jobs = isQuick ? 10 : 100;
  await stack.configure({
    max_concurrent: 2,
    per_user_concurrency: PER_USER,
    max_pending_per_user: 1_000,
    max_queue_seconds: 100_000,
    rate_limit_per_minute: 1_000,
  });
  await stack.control.put("/openai/latency", { ms: 100 });
  const [a, b] = await createUsers(stack, { count: 2 });
  if (a === undefined || b === undefined) throw new TypeError("Two users are wanted");
  say(`A queues ${jobs}, B one`);
  await Promise.all(
    Array.from({ length: jobs }, (_, n) => submitAccepted(stack, { user: a, prompt: `A ${n}` })),
  );
  const acceptedAt = Date.now();
  await submitAccepted(stack, { user: b, prompt: "B" });
  await waitUntilFinished(stack, { onProgress: () => {}, timeoutSeconds: 120 });
  const calls = await readProviderCalls(stack);
  const startedAt = calls.find((call) => call.prompt === "B")?.startedAt ?? Infinity;
  const before = calls.filter((call) =>
    call.prompt !== "B" && call.startedAt >= acceptedAt && call.startedAt < startedAt
  );
  const left = calls.filter((call) => call.prompt !== "B" && call.startedAt > startedAt).length;
  return [
    {
      name: "starts of A between B's arrival and B's start",
      value: before.length,
      unit: "",
      // The two of A in the queue, and those that took a slot while B's submission was on its way.
      wanted: { atMost: 2 * PER_USER },
      isInvariant: true,
    },
    { name: "jobs of A that still waited when B started", value: left, unit: "" },
  ];
}

async function unequalAppetites({ stack, isQuick, say }: Bench): Promise<Figure[]> {
  // From half the mean appetite to one and a half of it: nobody runs dry in the first half.
  const [count, mean] = isQuick ? [4, 4] : [50, 20];
  await stack.control.delete("/openai/requests");
  await stack.control.put("/cron", { mode: "stop" });
  await stack.control.put("/webhooks", { mode: "drop" });
  await stack.configure({ max_concurrent: 10 });
  const users = await createUsers(stack, { count });
  const appetites = users.map((_, n) => Math.round(mean * (0.5 + n / (count - 1))));
  // The hungriest first, each all at once: the worst order for a queue that is only first in, first out.
  const userIds = users.toReversed().flatMap((user, n) =>
    Array.from({ length: appetites.toReversed()[n] ?? 0 }, () => user.id)
  );
  await fillQueue(stack, { userIds, prefix: "appetite" });
  await stack.control.put("/webhooks", { mode: "deliver" });
  await stack.control.put("/cron", { mode: "run" });
  await stack.control.post("/webhooks/repeat", { times: 1 });
  await waitUntilFinished(stack, {
    onProgress: (left) => say(`${userIds.length - left} of ${userIds.length} pictures`),
    timeoutSeconds: 300,
  });
  const half = await stack.sql<{ user_id: string }[]>`
    select g.user_id from public.generations as g
    where g.prompt like 'appetite %' and g.status = 'COMPLETED'
    order by g.finished_at limit ${Math.floor(userIds.length / 2)}`;
  const shares = users.map((user) => half.filter((row) => row.user_id === user.id).length);
  const [row] = await stack.sql`
    select count(*)::integer as count from public.generations
    where prompt like 'appetite %' and status = 'COMPLETED'`;
  return [
    {
      name: "Jain's index over the first half",
      value: jainIndex(shares),
      unit: "",
      wanted: { atLeast: 0.95 },
      isInvariant: true,
    },
    mustBeZero("jobs that did not complete", userIds.length - row?.count),
  ];
}
