/** Group commit: sends an item at once while no call is under way, and what comes meanwhile together. */
import { withDeadline } from "./deadline.ts";
import type { Runtime } from "../platform/runtime.ts";

/** How items are sent. */
export interface BatcherOptions<Item> {
  runtime: Pick<Runtime, "sleep">;
  /** Sends a batch of one or more, in the order they came, and settles each. Never rejects. */
  send: (batch: [Item, ...Item[]]) => Promise<void>;
  /** Calls under way, beyond which items wait for one to end in any case. */
  maxCalls: number;
  /**
   * Items that must wait for a call to go out beside one that is under way; fewer wait for its end.
   * @default {1}
   */
  minBatchSize?: number;
  /** Items of one call. */
  maxSize: number;
  /** A call that is out for longer, in milliseconds, no longer keeps others waiting. */
  patienceMs: number;
}

/**
 * Makes a batcher. While no call is under way nothing waits; what comes beside one waits for its end or
 * for `minBatchSize` items, and goes together. Of many items each pays a smaller share of a call's cost.
 */
export function createBatcher<Item>(
  { runtime, send, maxCalls, minBatchSize = 1, maxSize, patienceMs }: BatcherOptions<Item>,
): (item: Item) => void {
  let waiting: Item[] = [];
  let calls = 0;

  function sendWaiting(): void {
    while (calls === 0 || (calls < maxCalls && waiting.length >= minBatchSize)) {
      const [first, ...others] = waiting.slice(0, maxSize);
      if (first === undefined) return;
      waiting = waiting.slice(maxSize);
      calls++;
      void patiently(send([first, ...others])).then(() => {
        calls--;
        sendWaiting();
      });
    }
  }

  const patiently = (sent: Promise<void>) =>
    withDeadline(patienceMs, () => sent, { runtime }).catch(() => {});

  return (item) => {
    waiting.push(item);
    sendWaiting();
  };
}
