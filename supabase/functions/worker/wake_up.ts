/** A wait that others can end early. */
import type { Runtime } from "../_shared/platform/runtime.ts";

/** Something that happened, or not yet. */
export interface WakeUp {
  /** Ends the wait, or the next one when nobody waits. */
  now(): void;
  /** Whether `now` was called since `clear`. */
  readonly isSet: boolean;
  clear(): void;
  /** Resolves when `now` is called (at once when it was) or after `milliseconds`. */
  within(milliseconds: number): Promise<void>;
}

/** Makes one for a single waiter. */
export function createWakeUp(runtime: Pick<Runtime, "sleep">): WakeUp {
  let isSet = false;
  let waiting: AbortController | undefined;
  return {
    get isSet() {
      return isSet;
    },
    now() {
      isSet = true;
      waiting?.abort();
    },
    clear() {
      isSet = false;
    },
    async within(milliseconds) {
      if (isSet) return;
      waiting = new AbortController();
      // An aborted sleep rejects: that is the wake-up.
      await runtime.sleep(milliseconds, waiting.signal).catch(() => undefined);
      waiting = undefined;
    },
  };
}
