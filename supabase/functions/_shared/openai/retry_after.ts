/** How long an answer asks its client to wait. */

/** Longer waits are cut to this: an upstream cannot park a job for days. */
const MAX_RETRY_AFTER_MS = 60 * 60 * 1000;

/**
 * Reads `retry-after-ms` (milliseconds, OpenAI's own), else `retry-after`: seconds or an HTTP date
 * (RFC 9110, 10.2.3). A date is taken against the answer's own `date`, so that the two clocks need
 * not agree, and against `now` without one.
 *
 * @param now Milliseconds since the epoch.
 * @returns Whole milliseconds, 0 to one hour, or `undefined` when the answer does not say.
 */
export function readRetryAfter(headers: Headers, now: number): number | undefined {
  const wait = toNumber(headers.get("retry-after-ms")) ??
    readRetryAfterHeader(headers, now);
  if (wait === undefined) return undefined;
  return Math.min(Math.ceil(Math.max(0, wait)), MAX_RETRY_AFTER_MS);
}

/** Units of a wait as OpenAI's messages write it, in milliseconds. */
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/**
 * Reads the wait out of the words of a refusal: "Please try again in 12s", "… in 1m30.5s", "… in 820ms".
 *
 * @returns As `readRetryAfter`.
 */
export function readRetryAfterWords(message: string): number | undefined {
  const [, words = ""] = /\btry again in ((?:\d+(?:\.\d+)?\s*(?:ms|h|m|s)\s*)+)/i.exec(message) ??
    [];
  let wait: number | undefined;
  for (const [, number, unit = ""] of words.matchAll(/(\d+(?:\.\d+)?)\s*(ms|h|m|s)/gi)) {
    wait = (wait ?? 0) + Number(number) * (UNIT_MS[unit.toLowerCase()] ?? 0);
  }
  return wait === undefined ? undefined : Math.min(Math.ceil(wait), MAX_RETRY_AFTER_MS);
}

function readRetryAfterHeader(headers: Headers, now: number): number | undefined {
  const value = headers.get("retry-after");
  const seconds = toNumber(value);
  if (seconds !== undefined) return seconds * 1000;
  const until = toTime(value);
  return until === undefined ? undefined : until - (toTime(headers.get("date")) ?? now);
}

function toNumber(value: string | null): number | undefined {
  return value !== null && /^\d+(\.\d+)?$/.test(value.trim()) ? Number(value) : undefined;
}

function toTime(value: string | null): number | undefined {
  // A date begins with the name of a day; Date.parse takes much else for a date.
  if (value === null || !/^[A-Z][a-z]{2,8}, /.test(value)) return undefined;
  const time = Date.parse(value);
  return Number.isNaN(time) ? undefined : time;
}
