/** Does again what failed: after growing pauses, and at once when there is a reason to hope. */

/** Something that is done until it succeeds. */
export interface Retry {
  /** Begins, unless it is being tried already. */
  start(): void;
  /** Tries now instead of after the pause, if it is being tried. */
  hurry(): void;
}

const PAUSES_MS = [1_000, 2_000, 5_000, 10_000];
const LONGEST_PAUSE_MS = 30_000;

/** Makes one; `attempt` tells whether it is done with, and does not throw. */
export function createRetry(attempt: () => Promise<boolean>): Retry {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let isWanted = false;
  let isTrying = false;
  let isHurried = false;

  async function run(): Promise<void> {
    clearTimeout(timer);
    isTrying = true;
    isHurried = false;
    isWanted = !await attempt();
    isTrying = false;
    if (!isWanted) return;
    // What made it urgent came when the attempt was under way: it counts for the next.
    const pause = isHurried ? 0 : PAUSES_MS[failures++] ?? LONGEST_PAUSE_MS;
    timer = setTimeout(() => void run(), pause);
  }

  return {
    start() {
      if (isWanted) return;
      isWanted = true;
      failures = 0;
      void run();
    },
    hurry() {
      if (!isWanted) return;
      failures = 0;
      if (isTrying) isHurried = true;
      else void run();
    },
  };
}
