/** How far along a generation is, for the eye: a guess that never goes back and never claims the end. */
import type { Progress, Quality } from "@pixelpop/client";

/** A guess. */
export interface Guess {
  /** From 0 to 1. */
  fraction: number;
  /** Expected until the picture; null when there is nothing to go by. */
  seconds: number | null;
}

/** Guesses again and again for one generation. */
export interface Estimate {
  /** Takes in where it stands now. */
  update(progress: Pick<Progress, "status" | "queue">): void;
  guess(): Guess;
}

/** Seconds a picture takes, until the queue has said. */
const USUAL_SECONDS: Readonly<Record<Quality, number>> = { low: 10, medium: 18, high: 45 };
/** How much of the bar is for waiting. */
const WAITING = 0.3;
const MOST = 0.96;

/** Starts to guess; `now` gives milliseconds. */
export function createEstimate(
  { quality, now }: { quality: Quality; now: () => number },
): Estimate {
  const startedAt = now();
  let expectedAt: number | null = null;
  let processingSince: number | null = null;
  let atProcessing = 0;
  let best = 0;

  function raw(at: number): number {
    if (processingSince !== null && expectedAt !== null) {
      const left = Math.max(2_000, expectedAt - processingSince);
      return atProcessing +
        (MOST - atProcessing) * (1 - Math.exp(-2 * (at - processingSince) / left));
    }
    if (expectedAt === null) return 0;
    const whole = Math.max(1, expectedAt - startedAt);
    return WAITING * Math.min(1, (at - startedAt) / whole);
  }

  return {
    update({ status, queue }) {
      if (status === "PENDING" && queue !== null) expectedAt = now() + queue.eta_seconds * 1000;
      if (status === "PROCESSING" && processingSince === null) {
        atProcessing = Math.max(best, 0.08);
        processingSince = now();
        // The line is behind it, whatever it was expected to take.
        const usually = processingSince + USUAL_SECONDS[quality] * 1000;
        expectedAt = Math.min(expectedAt ?? usually, usually);
      }
    },
    guess() {
      const at = now();
      best = Math.max(best, raw(at));
      const seconds = expectedAt === null ? null : Math.max(0, (expectedAt - at) / 1000);
      return { fraction: best, seconds };
    },
  };
}
