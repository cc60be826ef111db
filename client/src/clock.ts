/** Time and chance as the module sees them; tests give their own. */

/** What `setTimeout` gives. */
export type Timer = ReturnType<typeof setTimeout>;

/** A clock with timers. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  setTimeout(run: () => void, milliseconds: number): Timer;
  clearTimeout(timer: Timer | undefined): void;
}

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout: (run, milliseconds) => setTimeout(run, milliseconds),
  clearTimeout: (timer) => clearTimeout(timer),
};

/**
 * Waits.
 *
 * @throws The signal's reason, as soon as it is aborted.
 */
export function pause(
  clock: Clock,
  milliseconds: number,
  signal?: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const timer = clock.setTimeout(end, milliseconds);
    function end(): void {
      signal?.removeEventListener("abort", stop);
      resolve();
    }
    function stop(): void {
      clock.clearTimeout(timer);
      reject(signal?.reason);
    }
    signal?.addEventListener("abort", stop, { once: true });
  });
}

/** How long a pause may get. */
export interface BackoffOptions {
  /** Longest first pause, in milliseconds; doubled each time. */
  first: number;
  longest: number;
  /** From 0 to 1. */
  random: () => number;
}

/** The pause before retry number `failures` (from 1), in milliseconds: exponential, from half to full. */
export function backoff(failures: number, { first, longest, random }: BackoffOptions): number {
  const ceiling = Math.min(longest, first * 2 ** (failures - 1));
  return ceiling * (0.5 + random() / 2);
}
