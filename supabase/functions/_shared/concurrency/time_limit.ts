/** One time limit over an operation of many steps, joined with the caller's signal. */

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
