/** The heartbeat: holds the leases of running jobs, and ends a provider call whose lease cannot be held. */
import type { AttemptId, WorkerStore } from "../_shared/generations/worker_store.ts";
import type { Logger } from "../_shared/observability/log.ts";
import type { Runtime } from "../_shared/platform/runtime.ts";
import { createWakeUp } from "./wake_up.ts";

/** Why a job's signal is aborted. */
export class LeaseLostError extends Error {
  override name = "LeaseLostError";
}

/** A lease in hand. */
export interface HeldLease {
  /** Aborted when the lease is lost, or the instance shuts down. */
  readonly signal: AbortSignal;
  /**
   * The provider's call is over: the rest, which is quick and paid for, goes on through a shutdown and
   * without the lease. A worker that claims the job then finds the picture stored and does not pay again.
   */
  letFinish(): void;
  /** Ends the heartbeat for this job. */
  drop(): void;
}

/** Holds leases. */
export interface LeaseKeeper {
  /**
   * Begins to hold a lease of `leaseSeconds` that was claimed at `claimedAt` (ms since the epoch). An
   * earlier attempt at the same generation that is still held here is lost: the claim has fenced it off.
   */
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
  mayFinish: boolean;
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
  /** Nothing is left to beat for, or something that cannot wait for the next beat has come. */
  const changed = createWakeUp(runtime);
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
    // Often it has just been completed, and that answer is on its way.
    if (entry.mayFinish) return;
    log.warn("lease_lost", { ...entry.attempt, why });
    entry.abort.abort(new LeaseLostError(`Cannot hold the lease: ${why}`));
  }

  function remove(entry: Entry): void {
    entries.delete(entry);
    if (entries.size === 0) changed.now();
  }

  function shortestLease(): number {
    return Math.min(...[...entries].map((entry) => entry.leaseMs));
  }

  async function keep(): Promise<void> {
    beating = true;
    while (entries.size > 0) {
      changed.clear();
      await changed.within(shortestLease() / BEATS_PER_LEASE);
      // Not awaited: a database that hangs must not hide that a lease is running out.
      if (entries.size > 0) runtime.waitUntil(beat());
      for (const entry of entries) {
        if (entry.endsAt - runtime.now() <= entry.leaseMs / BEATS_PER_LEASE) {
          lose(entry, "no heartbeat came through");
        }
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
        mayFinish: false,
      };
      for (const other of entries) {
        if (other.attempt.generation_id === attempt.generation_id) {
          lose(other, "a later attempt was claimed");
        }
      }
      // An operator made leases shorter: the running interval is too long for this one.
      if (leaseMs < shortestLease()) changed.now();
      entries.add(entry);
      if (!beating) runtime.waitUntil(keep());
      return {
        signal: abort.signal,
        letFinish: () => void (entry.mayFinish = true),
        drop: () => remove(entry),
      };
    },
    abandon(reason) {
      for (const entry of entries) {
        if (entry.mayFinish) continue;
        remove(entry);
        entry.abort.abort(reason);
      }
    },
  };
}
