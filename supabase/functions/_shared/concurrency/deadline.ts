/** Bounds how long a piece of work may take, and ends what it left running. */
import type { Runtime } from "../platform/runtime.ts";

/** The work took longer than it may. */
export class DeadlineError extends Error {
  override name = "DeadlineError";
}

/** Made once: an abort without a reason makes one each time, with its stack. */
const OVER = new DOMException("The work is over", "AbortError");

/** What a deadline needs. */
export interface DeadlineOptions {
  runtime: Pick<Runtime, "sleep">;
  /** Ends the work early; its reason is then thrown. */
  cancelled?: AbortSignal;
}

/**
 * Runs `work` for at most `milliseconds`. Its signal aborts when the time is over, and also when it
 * is done: no timer and no request outlives the returned promise.
 *
 * @throws {DeadlineError} When the time is over; else what `work` throws.
 */
export async function withDeadline<T>(
  milliseconds: number,
  work: (signal: AbortSignal) => Promise<T>,
  { runtime, cancelled }: DeadlineOptions,
): Promise<T> {
  const end = new AbortController();
  const awake = cancelled === undefined ? end.signal : AbortSignal.any([end.signal, cancelled]);
  const late = runtime.sleep(milliseconds, awake).then((): never => {
    throw new DeadlineError(`No answer within ${milliseconds} ms`);
  });
  // In a function of its own, so that what `work` throws at once is raced too.
  const running = (async () => await work(end.signal))();
  try {
    return await Promise.race([running, late]);
  } finally {
    end.abort(OVER);
  }
}
