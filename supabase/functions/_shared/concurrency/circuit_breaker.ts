/** Spares a failing dependency, and everybody who would wait for it: a circuit breaker with one background probe. */
import type { Runtime } from "../platform/runtime.ts";
import { withDeadline } from "./deadline.ts";

/**
 * `closed`: work is attempted. `open`: none is, and a probe is due. `half-open`: none is, while the
 * one probe is on its way.
 */
export type BreakerState = "closed" | "open" | "half-open";

/** What may move a breaker. */
export type BreakerEvent = "work_failed" | "probe_started" | "probe_failed" | "probe_succeeded";

/** The state an event leads to. An event that a state does not list changes nothing. */
export const TRANSITIONS: Readonly<
  Record<BreakerState, Readonly<Partial<Record<BreakerEvent, BreakerState>>>>
> = {
  closed: { work_failed: "open" },
  open: { probe_started: "half-open" },
  "half-open": { probe_failed: "open", probe_succeeded: "closed" },
};

/** What came of a piece of work: its value, or nothing, because it failed or was not attempted. */
export type Attempt<T> = { ok: true; value: T } | { ok: false };

/** A breaker. */
export interface CircuitBreaker {
  /** Whether work would be attempted. Like an attempt, asking keeps an open breaker probing. */
  isClosed(): boolean;
  /** Runs `work` within the deadline, unless the breaker is open. Never throws. */
  attempt<T>(work: (signal: AbortSignal) => Promise<T>): Promise<Attempt<T>>;
  /** Ends probing for good; nothing is left running. An open breaker then stays open. */
  stop(): Promise<void>;
}

/** How a breaker works. Times are in milliseconds. */
export interface CircuitBreakerOptions {
  runtime: Pick<Runtime, "now" | "sleep">;
  /** How long work and a probe may take. */
  deadlineMs: number;
  /** Least time between a failure and the next probe. */
  probeIntervalMs: number;
  /** Probing pauses once nobody asked for this long; the next one to ask resumes it. */
  idleMs: number;
  /** Resolves when the dependency is well; anything else it does counts as not well. */
  probe: (signal: AbortSignal) => Promise<void>;
  /** Told of every change; `cause` is the failure behind it. */
  onTransition: (from: BreakerState, to: BreakerState, cause?: unknown) => void;
}

/** Makes a closed breaker. */
export function createCircuitBreaker(options: CircuitBreakerOptions): CircuitBreaker {
  const { runtime, deadlineMs, probeIntervalMs } = options;
  const stopped = new AbortController();
  let state: BreakerState = "closed";
  let probing: Promise<void> | undefined;
  let failedAt = 0;
  let askedAt = 0;

  function move(event: BreakerEvent, cause?: unknown): void {
    const [from, to] = [state, TRANSITIONS[state][event]];
    if (to === undefined) return;
    if (to === "open") failedAt = runtime.now();
    state = to;
    options.onTransition(from, to, cause);
  }

  async function probeUntilClosed(): Promise<void> {
    while (state === "open" && runtime.now() - askedAt <= options.idleMs) {
      const wait = failedAt + probeIntervalMs - runtime.now();
      // The upper bound holds when the clock was set back meanwhile.
      await runtime.sleep(Math.min(Math.max(wait, 0), probeIntervalMs), stopped.signal);
      move("probe_started");
      try {
        const cancelled = stopped.signal;
        await withDeadline(deadlineMs, options.probe, { runtime, cancelled });
        move("probe_succeeded");
      } catch (cause) {
        move("probe_failed", cause);
      }
    }
  }

  function keepProbing(): void {
    askedAt = runtime.now();
    probing ??= probeUntilClosed()
      // Only `stop` makes it throw, out of a sleep.
      .catch(() => undefined)
      .finally(() => probing = undefined);
  }

  function isClosed(): boolean {
    if (state !== "closed") keepProbing();
    return state === "closed";
  }

  return {
    isClosed,
    async attempt(work) {
      if (!isClosed()) return { ok: false };
      try {
        return { ok: true, value: await withDeadline(deadlineMs, work, { runtime }) };
      } catch (cause) {
        move("work_failed", cause);
        keepProbing();
        return { ok: false };
      }
    },
    async stop() {
      stopped.abort();
      await probing;
    },
  };
}
