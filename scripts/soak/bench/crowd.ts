/** `crowd`: whether users who come back as soon as they may are told when their pictures will be there. */
import { type Bench, type Figure, mustBeZero, type Scenario } from "./scenario.ts";
import { median, percentile } from "../statistics.ts";
import { fillQueue, submit, waitUntilFinished } from "./submissions.ts";
import { type BenchUser, createUsers } from "./users.ts";

export const crowd: Scenario = {
  name: "crowd",
  about:
    "users who never stop, before a queue that stays full: promised waits beside real ones, in the queue and in lanes",
  run,
};

interface Row {
  id: string;
  status: string;
  total: number;
  lane: boolean;
}

async function run({ stack, isQuick, say }: Bench): Promise<Figure[]> {
  const size = isQuick
    ? { users: 10, concurrent: 5, queueSeconds: 3, seconds: 4 }
    : { users: 60, concurrent: 5, queueSeconds: 20, seconds: 60 };
  await stack.configure({ max_concurrent: size.concurrent, rate_limit_per_minute: 1000 });
  await stack.control.put("/openai/latency", { ms: 500, jitter_ms: 200 });
  const users = await createUsers(stack, { count: size.users });
  say("the provider is measured");
  await fillQueue(stack, { userIds: users.slice(0, 10).map(({ id }) => id), prefix: "before" });
  await waitUntilFinished(stack, { onProgress: () => {}, timeoutSeconds: 60 });
  await stack.configure({ max_queue_seconds: size.queueSeconds });

  const promised = new Map<string, number>();
  let refused = 0;
  let unexplained = 0;
  const until = Date.now() + size.seconds * 1000;
  async function comeBack(user: BenchUser): Promise<void> {
    while (Date.now() < until) {
      const { id, code, retryAfterSeconds, etaSeconds } = await submit(stack, {
        user,
        prompt: `crowd ${user.id}`,
      });
      if (id !== null) promised.set(id, etaSeconds ?? NaN);
      else if (code === "generation_paused" || code === "too_many_pending") refused++;
      else unexplained++;
      const patience = id === null ? Math.min(2, retryAfterSeconds ?? 1) : 0.5;
      await new Promise((resolve) => setTimeout(resolve, patience * (0.5 + Math.random()) * 1000));
    }
  }
  const progress = setInterval(() => say(`${promised.size} accepted, ${refused} refused`), 1_000);
  try {
    await Promise.all(users.map(comeBack));
  } finally {
    clearInterval(progress);
  }
  await waitUntilFinished(stack, {
    onProgress: (left) => say(`${left} generations left`),
    timeoutSeconds: 300,
  });

  const rows = await stack.sql<Row[]>`
    select id, status, extract(epoch from finished_at - created_at)::float8 as total,
      queued_at is distinct from created_at as lane
    from public.generations where prompt like 'crowd %'`;
  return [
    { name: "accepted", value: promised.size, unit: "" },
    { name: "refused: queue or lane full", value: refused, unit: "" },
    mustBeZero("other refusals", unexplained),
    {
      name: "accepted but expired in the queue",
      value: rows.filter(({ status }) => status !== "COMPLETED").length,
      unit: "",
      wanted: { exactly: 0 },
    },
    ...ratiosOf("in the queue", rows.filter(({ lane }) => !lane), promised),
    ...ratiosOf("in lanes", rows.filter(({ lane }) => lane), promised),
  ];
}

/** How long pictures took beside what their users were told; those of seconds alone, as promises are whole. */
function ratiosOf(
  where: string,
  rows: readonly Row[],
  promised: ReadonlyMap<string, number>,
): Figure[] {
  const ratios = rows.filter(({ total }) => total > 2)
    .map(({ id, total }) => total / (promised.get(id) ?? NaN));
  return [
    { name: `real / promised ${where}, p5`, value: percentile(ratios, 0.05), unit: "" },
    { name: `real / promised ${where}, median`, value: median(ratios), unit: "" },
    { name: `real / promised ${where}, p95`, value: percentile(ratios, 0.95), unit: "" },
  ];
}
