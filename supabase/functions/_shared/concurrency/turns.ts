/** Lets what concerns one thing happen one after another, in the order it came; different things go side by side. */
import { withDeadline } from "./deadline.ts";
import type { Runtime } from "../platform/runtime.ts";

/** How long one waits. */
export interface TurnsOptions {
  runtime: Pick<Runtime, "sleep">;
  /** Who waits longer than so many milliseconds gives up. */
  patienceMs: number;
}

/**
 * Does `act` when everything given earlier under the same name is over: at once where there is nothing.
 *
 * @throws {DeadlineError} When its turn did not come in time, `act` not having begun; else what `act` throws.
 */
export type TakeTurn = <T>(name: string, act: () => Promise<T>) => Promise<T>;

/** Makes turns; nothing is remembered of a name under which nothing is under way. */
export function createTurns({ runtime, patienceMs }: TurnsOptions): TakeTurn {
  /** Under each name at which something is under way those who wait, to be told that it is their turn. */
  const waitingOf = new Map<string, (() => void)[]>();

  async function waitIn(waiting: (() => void)[]): Promise<void> {
    const { promise: mine, resolve: begin } = Promise.withResolvers<void>();
    waiting.push(begin);
    try {
      await withDeadline(patienceMs, () => mine, { runtime });
    } catch (error) {
      const place = waiting.indexOf(begin);
      // Not among those who wait: the turn came in the moment the time was over, and is used.
      if (place < 0) return;
      waiting.splice(place, 1);
      throw error;
    }
  }

  return async (name, act) => {
    const waiting = waitingOf.get(name);
    if (waiting === undefined) waitingOf.set(name, []);
    else await waitIn(waiting);
    try {
      return await act();
    } finally {
      const next = waitingOf.get(name)?.shift();
      if (next === undefined) waitingOf.delete(name);
      else next();
    }
  };
}
