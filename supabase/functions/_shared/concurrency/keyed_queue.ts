/** A queue a key: work under one key runs one after another, in order of arrival; different keys run side by side. */
import { withDeadline } from "./deadline.ts";
import type { Runtime } from "../platform/runtime.ts";

/** Options of a keyed queue. */
export interface KeyedQueueOptions {
  runtime: Pick<Runtime, "sleep">;
  /** Longest wait for earlier work under the same key, in milliseconds. */
  patienceMs: number;
}

/**
 * Runs `work` when everything given earlier under the same key has ended: at once where there is nothing.
 *
 * @throws {DeadlineError} When the wait took longer than `patienceMs`, `work` not having begun; else
 * what `work` throws.
 */
export type RunInOrder = <T>(key: string, work: () => Promise<T>) => Promise<T>;

/** Makes a keyed queue. A key takes memory only while work runs or waits under it. */
export function createKeyedQueue({ runtime, patienceMs }: KeyedQueueOptions): RunInOrder {
  /** For each key under which work runs: the callbacks that start what waits. */
  const waitingOf = new Map<string, (() => void)[]>();

  async function waitIn(waiting: (() => void)[]): Promise<void> {
    const { promise: started, resolve: start } = Promise.withResolvers<void>();
    waiting.push(start);
    try {
      await withDeadline(patienceMs, () => started, { runtime });
    } catch (error) {
      const place = waiting.indexOf(start);
      // No longer queued: it was started in the moment the time was over, and runs.
      if (place < 0) return;
      waiting.splice(place, 1);
      throw error;
    }
  }

  return async (key, work) => {
    const waiting = waitingOf.get(key);
    if (waiting === undefined) waitingOf.set(key, []);
    else await waitIn(waiting);
    try {
      return await work();
    } finally {
      const next = waitingOf.get(key)?.shift();
      if (next === undefined) waitingOf.delete(key);
      else next();
    }
  };
}
