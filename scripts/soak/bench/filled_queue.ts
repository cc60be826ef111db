/** A queue that is filled while nobody listens, and then rung for once. */
import type { Bench } from "./scenario.ts";
import { fillQueue, waitUntilFinished } from "./submissions.ts";
import { createUsers } from "./users.ts";

/** What is put into the queue. */
export interface Filling {
  jobs: number;
  /** @default {5} */
  perUser?: number;
  /** Prompts are `<prefix> <n>`. */
  prefix: string;
}

/** Fills the queue, then rings once. Gives when it rang, in milliseconds since the epoch. */
export async function fillAndRing(
  { stack, say }: Bench,
  { jobs, perUser = 5, prefix }: Filling,
): Promise<number> {
  say(`filling the queue with ${jobs} while nobody listens`);
  await stack.control.put("/cron", { mode: "stop" });
  await stack.control.put("/webhooks", { mode: "drop" });
  const users = await createUsers(stack, { count: Math.ceil(jobs / perUser) });
  const userIds = Array.from({ length: jobs }, (_, n) => users[n % users.length]?.id ?? "");
  await fillQueue(stack, { userIds, prefix });
  await stack.control.put("/webhooks", { mode: "deliver" });
  await stack.control.put("/cron", { mode: "run" });
  const rangAt = Date.now();
  await stack.sql`select private.post_to_worker('webhook', 1)`;
  return rangAt;
}

/** The same, and waits for every picture. */
export async function generateAll(bench: Bench, filling: Filling): Promise<number> {
  const rangAt = await fillAndRing(bench, filling);
  await waitUntilFinished(bench.stack, {
    onProgress: (left) => bench.say(`${filling.jobs - left} of ${filling.jobs} pictures`),
    timeoutSeconds: 300,
  });
  return rangAt;
}
