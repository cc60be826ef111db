/** Bounds how long work may take, and ends what it left running. */
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

/** A running time limit. End it with `clear`. */
export interface Deadline {
  /** Aborted when the time is over or the caller's signal is. */
  readonly signal: AbortSignal;
  /** Which of the two came first; `undefined` while neither did. */
  readonly ended: "timeout" | "cancelled" | undefined;
  /** Stops the timer and leaves the caller's signal; every deadline needs it. */
  clear(): void;
}

/** Starts a time limit of `milliseconds` that also ends with `parent`. */
export function startDeadline(milliseconds: number, parent?: AbortSignal): Deadline {
  const controller = new AbortController();
  let ended: Deadline["ended"];
  const end = (how: "timeout" | "cancelled", reason: unknown) => {
    ended ??= how;
    controller.abort(reason);
  };
  const cancel = () => end("cancelled", parent?.reason);
  const timer = setTimeout(() => {
    end("timeout", new DOMException(`Timed out after ${milliseconds} ms`, "TimeoutError"));
  }, milliseconds);
  if (parent?.aborted) cancel();
  else parent?.addEventListener("abort", cancel, { once: true });
  return {
    signal: controller.signal,
    get ended() {
      return ended;
    },
    clear() {
      clearTimeout(timer);
      parent?.removeEventListener("abort", cancel);
    },
  };
}
