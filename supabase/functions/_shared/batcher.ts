/** Sends what comes one by one at once, and what comes while enough is under way together. */
import { withDeadline } from "./limits/deadline.ts";
import type { Runtime } from "./runtime.ts";

/** How items are sent. */
export interface BatcherOptions<Item> {
  runtime: Pick<Runtime, "sleep">;
  /** Sends a batch of one or more, in the order they came, and settles each. Never rejects. */
  send: (batch: [Item, ...Item[]]) => Promise<void>;
  /** Calls under way, beyond which items wait for one to end in any case. */
  maxCalls: number;
  /**
   * So many items must wait for a call to go out beside one that is under way: fewer wait for its end, and
   * then go out with those who came meanwhile.
   * @default {1}
   */
  company?: number;
  /** Items of one call. */
  maxSize: number;
  /** A call that is out for longer, in milliseconds, no longer keeps others waiting. */
  patienceMs: number;
}

/**
 * Makes a batcher: a group commit. While no call is under way nothing waits; what comes beside one waits for
 * its end or for company, and goes on together. Few items cost what they cost alone; of many, the share of a
 * call's cost falls with the load.
 */
export function createBatcher<Item>(
  { runtime, send, maxCalls, company = 1, maxSize, patienceMs }: BatcherOptions<Item>,
): (item: Item) => void {
  let waiting: Item[] = [];
  let calls = 0;

  function sendWaiting(): void {
    while (calls === 0 || (calls < maxCalls && waiting.length >= company)) {
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
