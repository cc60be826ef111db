/** `waiting`: whether what the queue promises is kept, and who is refused before it is not. */
import { runClients } from "./clients.ts";
import { type Bench, type Figure, mustBeZero, type Scenario } from "./scenario.ts";
import { median } from "../statistics.ts";
import { fillQueue, submit, waitUntilFinished } from "./submissions.ts";
import { type BenchUser, createUsers } from "./users.ts";

export const waiting: Scenario = {
  name: "waiting",
  about:
    "promised waits beside real ones; 503 before a wait beyond max_queue_seconds, and no charge",
  run,
};

async function run({ stack, isQuick, say }: Bench): Promise<Figure[]> {
  const size = isQuick
    ? { submissions: 30, concurrent: 5, queueSeconds: 5 }
    : { submissions: 1_500, concurrent: 20, queueSeconds: 20 };
  await stack.configure({ max_concurrent: size.concurrent, rate_limit_per_minute: 100 });
  await stack.control.put("/openai/latency", { ms: 500, jitter_ms: 200 });
  const users = await createUsers(stack, { count: size.submissions, credits: 1 });
  say("the provider is measured");
  const before = await createUsers(stack, { count: size.concurrent * 3 });
  await fillQueue(stack, { userIds: before.map((user) => user.id), prefix: "before" });
  await waitUntilFinished(stack, { onProgress: () => {}, timeoutSeconds: 60 });
  await stack.configure({ max_queue_seconds: size.queueSeconds });
  await new Promise((resolve) => setTimeout(resolve, 1_500));

  const promised = new Map<string, number>();
  let refused = 0;
  let unexplained = 0;
  await runClients(users, {
    clients: 32,
    work: async (user: BenchUser) => {
      const { id, code, retryAfterSeconds, etaSeconds } = await submit(stack, {
        user,
        prompt: `waiting ${user.id}`,
      });
      if (id !== null) promised.set(id, etaSeconds ?? NaN);
      else if (code === "generation_paused" && (retryAfterSeconds ?? 0) >= 1) refused++;
      else unexplained++;
      const asked = promised.size + refused;
      if (asked % 100 === 0) say(`${promised.size} accepted, ${refused} refused`);
    },
  });
  await waitUntilFinished(stack, {
    onProgress: (left) => say(`${left} generations left`),
    timeoutSeconds: 300,
  });
  const rows = await stack.sql<{ id: string; status: string; wait: number; total: number }[]>`
    select id, status, extract(epoch from started_at - created_at)::float8 as wait,
      extract(epoch from finished_at - created_at)::float8 as total
    from public.generations where prompt like 'waiting %'`;
  const [charged] = await stack.sql`
    select count(*)::integer as count from public.users as u
    where u.id = any (${users.map((user) => user.id)}::uuid[]) and u.credits = 1
      and not exists (select 1 from public.generations as g where g.user_id = u.id)`;
  const ratios = rows.filter((row) => row.status === "COMPLETED" && row.total > 2)
    .map((row) => row.total / (promised.get(row.id) ?? NaN));
  return [
    { name: "accepted", value: promised.size, unit: "" },
    { name: "503 generation_paused", value: refused, unit: "", wanted: { atLeast: 1 } },
    mustBeZero("other refusals", unexplained),
    mustBeZero("refused and charged", refused - charged?.count),
    {
      name: "accepted but expired in the queue",
      value: rows.filter((row) => row.status !== "COMPLETED").length,
      unit: "",
      wanted: { exactly: 0 },
    },
    {
      name: "longest wait / max_queue_seconds",
      value: Math.max(...rows.map((row) => row.wait)) / size.queueSeconds,
      unit: "",
    },
    { name: "real / promised time to the picture, median", value: median(ratios), unit: "" },
  ];
}
