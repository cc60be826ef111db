/** `notify`: from the commit of COMPLETED to the client's callback. */
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import type { Bench, Figure, Scenario } from "./scenario.ts";
import { percentile } from "../statistics.ts";
import { fillQueue } from "./submissions.ts";
import { type BenchUser, createUsers } from "./users.ts";

/**
 * Each client watches its own user, by the private Broadcast or by postgres_changes on its generations.
 * The benchmark completes the jobs itself, and counts from the moment it sends COMMIT.
 */
export const notify: Scenario = {
  name: "notify",
  about:
    "commit of COMPLETED to the client's callback: 1, 100, 500 clients, Broadcast and postgres_changes",
  run,
};

const WAYS = ["broadcast", "postgres_changes"] as const;
type Way = (typeof WAYS)[number];

/** Told of a completed generation. */
type Listener = (generationId: string) => void;

async function run(bench: Bench): Promise<Figure[]> {
  const { stack, isQuick } = bench;
  const size = isQuick
    ? { clients: [1, 3], events: 4, gapMs: 20 }
    : { clients: [1, 100, 500], events: 500, gapMs: 20 };
  await stack.control.put("/cron", { mode: "stop" });
  await stack.control.put("/webhooks", { mode: "drop" });
  await stack.configure({
    max_concurrent: 10_000,
    max_queue_seconds: 100_000_000,
    max_pending_per_user: 1_000_000,
    per_user_concurrency: 1_000_000,
    lease_seconds: 3_600,
  });
  const figures: Figure[] = [];
  for (const clients of size.clients) {
    for (const way of WAYS) {
      const latencies = await measure(bench, { ...size, clients, way });
      const isWanted = way === "broadcast" && clients === size.clients.at(-1);
      figures.push(
        { name: `${way}, ${clients} clients, p50`, value: percentile(latencies, 0.5), unit: "ms" },
        {
          name: `${way}, ${clients} clients, p95`,
          value: percentile(latencies, 0.95),
          unit: "ms",
          ...(isWanted ? { wanted: { atMost: 50 } } : {}),
        },
      );
    }
  }
  return figures;
}

async function measure(
  { stack, say }: Bench,
  { clients, way, events, gapMs }: { clients: number; way: Way; events: number; gapMs: number },
): Promise<number[]> {
  const users = await createUsers(stack, { count: clients });
  const userIds = Array.from({ length: events }, (_, n) => users[n % clients]?.id ?? "");
  await fillQueue(stack, { userIds, prefix: `${way} ${clients}` });
  const [claim] = await stack.sql`
    select public.claim_generations(${crypto.randomUUID()}, 10000) -> 'jobs' as jobs`;
  const jobs: { generation_id: string; attempt: number }[] = claim?.jobs;

  const seen = new Map<string, (at: number) => void>();
  const onCompleted: Listener = (id) => seen.get(id)?.(performance.now());
  say(`${clients} clients join for ${way}`);
  const connections = await Promise.all(
    users.map((user) => join(stack.variables, { user, way, onCompleted })),
  );
  try {
    const latencies: Promise<number>[] = [];
    for (const [n, { generation_id, attempt }] of jobs.entries()) {
      if (n % 50 === 0) say(`${clients} clients, ${way}: ${n} of ${jobs.length}`);
      const arrival = Promise.withResolvers<number>();
      seen.set(generation_id, arrival.resolve);
      let committedAt = NaN;
      await stack.sql.begin(async (tx) => {
        await tx`select public.complete_generation(${generation_id}, ${attempt}, 'https://example.com/1.png')`;
        committedAt = performance.now();
      });
      latencies.push(within(arrival.promise, 10_000).then((at) => at - committedAt));
      await new Promise((resolve) => setTimeout(resolve, gapMs));
    }
    return await Promise.all(latencies);
  } finally {
    await Promise.all(connections.map((client) => client.removeAllChannels()));
  }
}

/** Connects a client of its own and joins; resolves once the server says so. */
async function join(
  variables: Readonly<Record<string, string>>,
  { user, way, onCompleted }: { user: BenchUser; way: Way; onCompleted: Listener },
): Promise<SupabaseClient> {
  const { SUPABASE_URL: url = "", SUPABASE_PUBLISHABLE_KEY: key = "" } = variables;
  const client = createClient(url, key, { accessToken: () => Promise.resolve(user.token) });
  await client.realtime.setAuth(user.token);
  const topic = `user:${user.id}`;
  const channel = way === "broadcast"
    ? client.channel(topic, { config: { private: true } })
      .on("broadcast", { event: "generation" }, ({ payload }) => {
        if (payload.status === "COMPLETED") onCompleted(payload.id);
      })
    : client.channel(`changes:${user.id}`).on(
      "postgres_changes",
      { event: "UPDATE", schema: "public", table: "generations", filter: `user_id=eq.${user.id}` },
      ({ new: row }) => {
        if (row.status === "COMPLETED") onCompleted(row.id);
      },
    );
  // SUBSCRIBED comes before changes are live: the system message of the subscription does not.
  const live = Promise.withResolvers<void>();
  if (way === "broadcast") live.resolve();
  channel.on("system", {}, ({ status, message }) => {
    if (status === "ok") live.resolve();
    else live.reject(new Error(`Watching ended: ${message}`));
  });
  await new Promise<void>((resolve, reject) => {
    channel.subscribe((status, error) => {
      if (status === "SUBSCRIBED") resolve();
      else if (status !== "CLOSED") reject(error ?? new Error(`Joining ended in ${status}`));
    }, 60_000);
  });
  await live.promise;
  return client;
}

async function within<Value>(promise: Promise<Value>, milliseconds: number): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new Error(`A client was not told within ${milliseconds} ms`);
    timer = setTimeout(() => reject(error), milliseconds);
  });
  return await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
