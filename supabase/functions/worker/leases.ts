/** The heartbeat: holds the leases of running jobs, and ends a provider call whose lease cannot be held. */
import type { AttemptId, WorkerStore } from "../_shared/generations/worker_store.ts";
import type { Logger } from "../_shared/log.ts";
import type { Runtime } from "../_shared/runtime.ts";
import { createWakeUp } from "./wake_up.ts";

/** Why a job's signal is aborted. */
export class LeaseLostError extends Error {
  override name = "LeaseLostError";
}

/** A lease in hand. */
export interface HeldLease {
  /** Aborted when the lease is lost, or the instance shuts down. */
  readonly signal: AbortSignal;
  /** The provider's call is over: a shutdown lets the rest, which is quick and paid for, go on. */
  letFinish(): void;
  /** Ends the heartbeat for this job. */
  drop(): void;
}

/** Holds leases. */
export interface LeaseKeeper {
  /** Begins to hold a lease of `leaseSeconds` that was claimed at `claimedAt` (ms since the epoch). */
  hold(attempt: AttemptId, lease: { leaseSeconds: number; claimedAt: number }): HeldLease;
  /** Aborts every job that was not let finish, with `reason`. */
  abandon(reason: Error): void;
}

/** Beats a lease gets; one that misses all but the first ends before it could be another's. */
const BEATS_PER_LEASE = 4;

interface Entry {
  attempt: AttemptId;
  abort: AbortController;
  leaseMs: number;
  endsAt: number;
  maySurviveShutdown: boolean;
}

/**
 * Makes a keeper. Its one loop runs only while there are leases.
 *
 * A provider call must not outlive its lease: another worker would take the job and pay again, and
 * the semaphore would count one image too few. So when a lease has only one beat left, its job is
 * aborted.
 */
export function createLeaseKeeper(
  { store, runtime, log }: {
    store: Pick<WorkerStore, "extendLeases">;
    runtime: Pick<Runtime, "now" | "sleep" | "waitUntil">;
    log: Pick<Logger, "warn">;
  },
): LeaseKeeper {
  const entries = new Set<Entry>();
  const emptied = createWakeUp(runtime);
  let beating = false;

  async function beat(): Promise<void> {
    const asked = [...entries];
    const askedAt = runtime.now();
    try {
      const held = new Set(await store.extendLeases(asked.map((entry) => entry.attempt)));
      for (const entry of asked) {
        if (held.has(entry.attempt.generation_id)) entry.endsAt = askedAt + entry.leaseMs;
        else if (entries.has(entry)) lose(entry, "the lease is another's, or over");
      }
    } catch (error) {
      log.warn("heartbeat_failed", { error, jobs: asked.length });
    }
  }

  function lose(entry: Entry, why: string): void {
    remove(entry);
    log.warn("lease_lost", { ...entry.attempt, why });
    entry.abort.abort(new LeaseLostError(`Cannot hold the lease: ${why}`));
  }

  function remove(entry: Entry): void {
    entries.delete(entry);
    if (entries.size === 0) emptied.now();
  }

  async function keep(): Promise<void> {
    beating = true;
    while (entries.size > 0) {
      const interval = Math.min(...[...entries].map((entry) => entry.leaseMs)) / BEATS_PER_LEASE;
      emptied.clear();
      await emptied.within(interval);
      // Not awaited: a database that hangs must not hide that a lease is running out.
      if (entries.size > 0) runtime.waitUntil(beat());
      for (const entry of entries) {
        if (entry.endsAt - runtime.now() < interval) lose(entry, "no heartbeat came through");
      }
    }
    beating = false;
  }

  return {
    hold(attempt, { leaseSeconds, claimedAt }) {
      const leaseMs = leaseSeconds * 1000;
      const abort = new AbortController();
      const entry = {
        attempt,
        abort,
        leaseMs,
        endsAt: claimedAt + leaseMs,
        maySurviveShutdown: false,
      };
      entries.add(entry);
      if (!beating) runtime.waitUntil(keep());
      return {
        signal: abort.signal,
        letFinish: () => void (entry.maySurviveShutdown = true),
        drop: () => remove(entry),
      };
    },
    abandon(reason) {
      for (const entry of entries) {
        if (entry.maySurviveShutdown) continue;
        remove(entry);
        entry.abort.abort(reason);
      }
    },
  };
}
