/** Clients that work at the same time, each beginning its next piece of work when it has done the last. */

/** What clients did. */
export interface Run {
  /** Milliseconds each piece of work took, in the order they ended. */
  latencies: number[];
  /** Seconds from the first beginning to the last end. */
  seconds: number;
}

/**
 * Lets `clients` work off `items`, or go round and round through them for `seconds`.
 *
 * @throws What `work` throws; the others finish what they are at first.
 */
export async function runClients<Item>(
  items: readonly Item[],
  { clients, work, seconds }: {
    clients: number;
    work: (item: Item) => Promise<unknown>;
    seconds?: number;
  },
): Promise<Run> {
  const latencies: number[] = [];
  const startedAt = performance.now();
  let next = 0;
  let failed = false;
  const isDone = () =>
    failed ||
    (seconds === undefined
      ? next >= items.length
      : performance.now() - startedAt >= seconds * 1000);

  async function runClient(): Promise<void> {
    while (!isDone()) {
      const item = items[next++ % items.length] as Item;
      const since = performance.now();
      try {
        await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
      latencies.push(performance.now() - since);
    }
  }

  const results = await Promise.allSettled(Array.from({ length: clients }, runClient));
  const broken = results.find((result) => result.status === "rejected");
  if (broken !== undefined) throw broken.reason;
  return { latencies, seconds: (performance.now() - startedAt) / 1000 };
}

/** Pieces of work a second. */
export function rateOf(run: Run): number {
  return run.latencies.length / run.seconds;
}
