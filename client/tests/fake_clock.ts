/** A clock that stands still until it is told to move. */
import type { Clock, Timer } from "../src/clock.ts";

/** A clock that moves when it is told to. */
export interface FakeClock extends Clock {
  /** Moves on, running each timer at its time and whatever follows from it. */
  advance(milliseconds: number): Promise<void>;
  /** Moves on without running anything, as a device that sleeps. */
  sleep(milliseconds: number): void;
  /** Timers that are set. */
  readonly pending: number;
}

/** Lets everything run that waits for no timer. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 200; turn++) await Promise.resolve();
}

/** Makes a clock. */
export function createFakeClock(start = 1_800_000_000_000): FakeClock {
  const timers = new Map<number, { at: number; run: () => void }>();
  let now = start;
  let count = 0;
  return {
    now: () => now,
    setTimeout(run, milliseconds) {
      timers.set(++count, { at: now + milliseconds, run });
      return count as unknown as Timer;
    },
    clearTimeout: (timer) => void timers.delete(timer as unknown as number),
    async advance(milliseconds) {
      const end = now + milliseconds;
      await settle();
      for (;;) {
        const due = [...timers].filter(([, { at }]) => at <= end);
        const next = due.sort(([a, x], [b, y]) => x.at - y.at || a - b)[0];
        if (next === undefined) break;
        const [id, { at, run }] = next;
        timers.delete(id);
        now = Math.max(now, at);
        run();
        await settle();
      }
      now = end;
    },
    sleep: (milliseconds) => now += milliseconds,
    get pending() {
      return timers.size;
    },
  };
}
