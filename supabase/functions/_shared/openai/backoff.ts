/** How long to wait before a failed call is made again. */

/** What the wait depends on; times in milliseconds. */
export interface BackoffOptions {
  /** Failures so far, 1 after the first. */
  failures: number;
  /** What the provider asked for; the wait is never shorter. */
  retryAfterMs?: number | undefined;
  /** A number in [0, 1), such as `Math.random`. */
  random: () => number;
  /** @default {1000} */
  baseMs?: number;
  /** Limit of the random part, not of `retryAfterMs`. @default {60000} */
  capMs?: number;
}

/**
 * Exponential backoff with full jitter: a random time up to `baseMs` after the first failure, up to
 * twice that after each further one, at most `capMs`.
 *
 * After a `Retry-After` the random time comes on top of it. All jobs refused together were told the
 * same moment; coming back together they would be refused again.
 *
 * @returns Whole milliseconds.
 * @throws {RangeError} For less than one failure.
 */
export function backoffMs(options: BackoffOptions): number {
  const { failures, retryAfterMs = 0, random, baseMs = 1000, capMs = 60_000 } = options;
  if (!(failures >= 1)) {
    throw new RangeError(`Cannot back off after ${failures} failures: wanted 1 or more`);
  }
  const ceiling = Math.min(capMs, baseMs * 2 ** (failures - 1));
  return Math.ceil(Math.max(0, retryAfterMs)) + Math.floor(random() * ceiling);
}
