/** `spike`: a post goes viral. */
import { rateOf, runClients } from "./clients.ts";
import { logIn } from "./logins.ts";
import { maxInFlight, readProviderCalls } from "./provider_journal.ts";
import { ringsAndClaims } from "./rings.ts";
import { type Bench, type Figure, mustBeZero, type Scenario } from "./scenario.ts";
import { percentile } from "../statistics.ts";
import { fillQueue, submit, waitUntilFinished } from "./submissions.ts";
import { type BenchUser, createUsers } from "./users.ts";
import { createWatcher, noSightings, type Sightings, type Watcher } from "./watchers.ts";

export const spike: Scenario = {
  name: "spike",
  about: "2,000 users log in and send 5,000 submissions, 200 over the limit; polling, Realtime",
  run,
};

const LIMIT = 5;
/** A greedy user sends twice the limit at once; the others share the rest, each below the limit. */
const GREED = 2 * LIMIT;

interface Size {
  users: number;
  greedy: number;
  submissions: number;
  clients: number;
  /** Users who watch by polling alone, and who have Realtime beside it. */
  pollers: number;
  listeners: number;
  concurrent: number;
}

async function run(bench: Bench): Promise<Figure[]> {
  const { stack, isQuick, say } = bench;
  const size: Size = isQuick
    ? { users: 20, greedy: 2, submissions: 60, clients: 8, pollers: 5, listeners: 3, concurrent: 9 }
    : {
      ...{ users: 2_000, greedy: 40, submissions: 5_000, clients: 128 },
      ...{ pollers: 500, listeners: 300, concurrent: 50 },
    };
  await stack.configure({ max_concurrent: size.concurrent, rate_limit_per_minute: LIMIT });
  await stack.control.put("/openai/latency", { ms: 500, jitter_ms: 200 });
  await measureServiceTime(bench, size.concurrent);

  say(`${size.users} users log in`);
  const users: BenchUser[] = [];
  const logins = await runClients(Array.from({ length: size.users }, (_, n) => n), {
    clients: 32,
    work: async (n) => void (users[n] = await logIn(stack, { telegramId: 5_000_000 + n })),
  });
  const sightings = noSightings();
  const watchers = await startWatchers(bench, { users, size, sightings });

  const answers = new Map<string, number>();
  let sent = 0;
  const submissions = await runClients(planBatches(users, size), {
    clients: size.clients,
    work: async ({ user, count }) => {
      for (let n = 0; n < count; n++) {
        const { status, code, id } = await submit(stack, { user, prompt: `spike ${sent}` });
        const key = code === null ? "accepted" : `${status} ${code}`;
        answers.set(key, (answers.get(key) ?? 0) + 1);
        if (id !== null) watchers.get(user)?.watch(id);
        if (++sent % 250 === 0) say(`${sent} of ${size.submissions} submissions`);
      }
    },
  });
  await waitUntilFinished(stack, {
    onProgress: (left) => say(`${left} generations left`),
    timeoutSeconds: 900,
  });
  say("the watchers look once more and leave");
  await waitForWatchers(sightings);
  await Promise.all([...watchers.values()].map((watcher) => watcher.stop()));
  return [
    { name: "logins a second", value: rateOf(logins), unit: "/s" },
    { name: "submissions a second", value: sent / submissions.seconds, unit: "/s" },
    ...answersOf(answers, size),
    ...await outcomesOf(bench, { accepted: answers.get("accepted") ?? 0, size }),
    ...sightingsOf(sightings),
  ];
}

/** Some jobs first, so that waits are estimated from this provider and not from a guess. */
async function measureServiceTime(
  { stack, say }: Bench,
  count: number,
): Promise<void> {
  say("the provider is measured");
  const users = await createUsers(stack, { count });
  await fillQueue(stack, { userIds: users.map((user) => user.id), prefix: "before" });
  await waitUntilFinished(stack, { onProgress: () => {}, timeoutSeconds: 60 });
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  await stack.control.delete("/openai/requests");
}

async function startWatchers(
  { stack, say }: Bench,
  { users, size, sightings }: { users: readonly BenchUser[]; size: Size; sightings: Sightings },
): Promise<Map<BenchUser, Watcher>> {
  const watchers = new Map<BenchUser, Watcher>();
  const watching = users.slice(0, size.listeners + size.pollers);
  await runClients([...watching.entries()], {
    clients: 16,
    work: async ([n, user]) => {
      if (n % 50 === 0) say(`${n} of ${watching.length} watchers are there`);
      const realtime = n < size.listeners;
      watchers.set(user, await createWatcher(stack, { user, realtime, sightings }));
    },
  });
  return watchers;
}

/** What each user sends, in random order; the limits of a minute are spent within seconds. */
function planBatches(
  users: readonly BenchUser[],
  { greedy, submissions }: Size,
): { user: BenchUser; count: number }[] {
  const modest = users.slice(greedy);
  const rest = submissions - greedy * GREED;
  const batches = [
    ...users.slice(0, greedy).map((user) => ({ user, count: GREED })),
    ...modest.map((user, n) => ({
      user,
      count: Math.floor((n + 1) * rest / modest.length) - Math.floor(n * rest / modest.length),
    })),
  ];
  return batches.map((batch) => ({ batch, order: Math.random() }))
    .sort((a, b) => a.order - b.order).map(({ batch }) => batch);
}

function answersOf(answers: ReadonlyMap<string, number>, { greedy, submissions }: Size): Figure[] {
  const of = (key: string) => answers.get(key) ?? 0;
  const known = ["accepted", "429 rate_limited", "503 generation_paused"];
  const others = [...answers].filter(([key]) => !known.includes(key));
  return [
    { name: "accepted", value: of("accepted"), unit: "" },
    {
      name: "429 rate_limited",
      value: of("429 rate_limited"),
      unit: "",
      // A token comes back every 12 seconds: a greedy user who is served slowly gets one more.
      wanted: { atMost: greedy * (GREED - LIMIT) },
    },
    { name: "503 generation_paused", value: of("503 generation_paused"), unit: "" },
    ...others.map(([name, value]): Figure => mustBeZero(name, value)),
    mustBeZero("unanswered", submissions - [...answers.values()].reduce((a, b) => a + b, 0)),
  ];
}

async function outcomesOf(
  { stack }: Bench,
  { accepted, size }: { accepted: number; size: Size },
): Promise<Figure[]> {
  const [row] = await stack.sql`
    select
      count(*)::integer as ended,
      (count(*) filter (where status = 'COMPLETED'))::integer as completed,
      extract(epoch from max(finished_at) - min(created_at))::float8 as seconds
    from public.generations where prompt like 'spike %'`;
  const calls = await readProviderCalls(stack);
  const { rings, claimsWithWork } = await ringsAndClaims(stack);
  return [
    mustBeZero("accepted and lost", accepted - row?.ended),
    mustBeZero("accepted without a picture", accepted - row?.completed),
    mustBeZero("provider calls too many", calls.length - accepted),
    mustBeZero(
      "in flight beyond max_concurrent",
      Math.max(0, maxInFlight(calls) - size.concurrent),
    ),
    { name: "first submission to last picture", value: row?.seconds, unit: "s" },
    { name: "rings", value: rings, unit: "" },
    { name: "rings / claims that found work", value: rings / claimsWithWork, unit: "" },
  ];
}

/** A watcher that polls learns of the end when its next poll is due. */
async function waitForWatchers(sightings: Sightings): Promise<void> {
  for (let seconds = 0; seconds < 40 && sightings.finished.size < sightings.watched; seconds++) {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}

function sightingsOf({ polls, badAnswers, finished, watched, pollMs }: Sightings): Figure[] {
  const byBroadcast = [...finished.values()].filter((way) => way === "broadcast").length;
  return [
    { name: "polls", value: polls, unit: "" },
    { name: "polls, p95", value: percentile(pollMs, 0.95), unit: "ms" },
    mustBeZero("polls that failed", badAnswers),
    { name: "ends seen by Broadcast first", value: byBroadcast, unit: "" },
    mustBeZero("ends not seen", watched - finished.size),
  ];
}
