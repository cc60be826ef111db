/** `cost`: what one generation costs the database, and how often its client asks. */
import { processorFigures, readProcessorTime, spentBetween } from "./processor_time.ts";
import { readProviderCalls } from "./provider_journal.ts";
import type { Bench, Figure, Scenario } from "./scenario.ts";
import { countWork, trackStatements } from "./statement_counts.ts";
import { submitAccepted } from "./submissions.ts";
import { createUsers } from "./users.ts";
import { countClientRequests } from "./client_requests.ts";

export const cost: Scenario = {
  name: "cost",
  about: "statements, transactions, WAL bytes a generation; requests of a client; work at rest",
  run,
};

async function run(bench: Bench): Promise<Figure[]> {
  const { stack, isQuick, say } = bench;
  const size = isQuick
    ? { warmUps: 2, jobs: 5, large: 5, restSeconds: 2, pictureMs: 500 }
    : { warmUps: 50, jobs: 300, large: 50, restSeconds: 30, pictureMs: 10_000 };
  await stack.configure({ max_concurrent: 50, max_queue_seconds: 100_000 });
  await stack.control.put("/openai/latency", { ms: 200 });
  say("Postgres restarts with pg_stat_statements");
  await trackStatements(stack);
  await submitJobs(bench, size.warmUps);

  say(`${size.jobs} generations`);
  const before = readProcessorTime(stack);
  const work = await countWork(stack, () => submitJobs(bench, size.jobs));
  const spent = spentBetween(before, readProcessorTime(stack));

  say(`${size.large} pictures of 3 MB`);
  await stack.control.put("/openai/picture", { bytes: 3_000_000 });
  const beforeLarge = readProcessorTime(stack);
  await submitJobs(bench, size.large);
  const spentLarge = spentBetween(beforeLarge, readProcessorTime(stack));
  await stack.control.put("/openai/picture", { bytes: 0 });

  say("at rest");
  // Past the worker's second look.
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const rest = await countWork(
    stack,
    () => new Promise((resolve) => setTimeout(resolve, size.restSeconds * 1000)),
  );
  say("a Mini App waits for a picture");
  await stack.control.put("/openai/latency", { ms: size.pictureMs });
  const requests = await countClientRequests(stack);
  return [
    ...databaseFigures(work, size.jobs),
    ...processorFigures([spent], { name: "a generation", times: size.jobs }),
    ...processorFigures([spentLarge], { name: "a picture of 3 MB", times: size.large }),
    {
      name: "functions' statements at rest",
      value: rest.apiStatements / size.restSeconds,
      unit: "/s",
      wanted: { exactly: 0 },
    },
    { name: "all statements at rest", value: rest.statements / size.restSeconds, unit: "/s" },
    { name: `a client's requests, picture in ${size.pictureMs} ms`, value: requests, unit: "" },
  ];
}

function databaseFigures(work: Awaited<ReturnType<typeof countWork>>, jobs: number): Figure[] {
  return [
    {
      name: "statements sent by the functions",
      value: work.apiStatements / jobs,
      unit: "a generation",
    },
    {
      name: "statements, those in SQL functions too",
      value: work.statements / jobs,
      unit: "a generation",
    },
    { name: "transactions", value: work.transactions / jobs, unit: "a generation" },
    {
      name: "time in the functions' statements",
      value: work.apiMs / jobs,
      unit: "ms a generation",
    },
    { name: "WAL", value: work.walBytes / jobs, unit: "bytes a generation" },
  ];
}

/** Submits at a steady pace from as many users, and waits until the provider has generated all. */
async function submitJobs({ stack }: Bench, count: number): Promise<void> {
  const users = await createUsers(stack, { count });
  await stack.control.delete("/openai/requests");
  for (const [n, user] of users.entries()) {
    await submitAccepted(stack, {
      user,
      prompt: `cost ${n}`,
      headers: { "idempotency-key": user.id },
    });
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const deadline = Date.now() + 60_000;
  // Not by SQL, which would be counted.
  while (
    (await readProviderCalls(stack)).filter((call) => call.finishedAt < Infinity).length < count
  ) {
    if (Date.now() > deadline) throw new Error("The provider was not asked for every picture");
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  await new Promise((resolve) => setTimeout(resolve, 1_000));
}
