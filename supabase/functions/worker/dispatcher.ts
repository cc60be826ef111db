/** Fills the worker's capacity: claims generations as slots come free, until there are none left. */
import type {
  AttemptId,
  ClaimedJob,
  ClaimResult,
  WorkerStore,
} from "../_shared/generations/worker_store.ts";
import type { Logger } from "../_shared/observability/log.ts";
import type { Runtime } from "../_shared/platform/runtime.ts";
import { createWakeUp } from "./wake_up.ts";

/** What a job is started with. */
export interface JobStart {
  job: ClaimedJob;
  claim: ClaimResult;
  /** When the claim was asked for, in milliseconds since the epoch: the lease ends no earlier than `lease_seconds` later. */
  claimedAt: number;
  /**
   * Says that the provider's call has ended: its slot of the semaphore is free, the job goes on.
   *
   * @returns Resolves once a claim has reported the slot, and those freed meanwhile, as free and the
   * claimed jobs have started; at once where that claim failed. Never rejects.
   */
  releaseSlot(): Promise<void>;
  /** Says that the job has so many bytes of a picture in hand. */
  takeBytes(bytes: number): void;
}

/** Does one job to its end and never throws; gives milliseconds until it may be claimed again, if it may. */
export type RunJob = (start: JobStart) => Promise<number | undefined>;

/** The dispatcher of one worker instance. */
export interface Dispatcher {
  /** Looks for work, now and until there is none. Never waits, never throws. */
  ring(): void;
  /** Claims nothing more; what is in hand goes on. */
  stop(): void;
  /** Resolves when nothing is in hand and nobody looks for work. */
  idle(): Promise<void>;
}

/** What a dispatcher works with. */
export interface DispatcherOptions {
  store: Pick<WorkerStore, "claim">;
  runJob: RunJob;
  runtime: Pick<Runtime, "now" | "sleep" | "waitUntil">;
  log: Pick<Logger, "warn">;
  /** Jobs in hand at most. */
  capacity: number;
  /**
   * Bytes of pictures that one ring takes in, by the processor time that the platform allows a request:
   * beyond it nothing is claimed until the next ring, which the claim asks for where work is left.
   */
  ringBytes: number;
  /** Bytes of pictures in hand, by the memory of the instance: beyond it nothing is claimed. */
  memoryBytes: number;
  /**
   * How long after a ring jobs are claimed, in milliseconds. A platform that routes a ring here
   * promises the instance about half its wall clock from then; what is claimed later might not live
   * to its end, so then another ring decides where work goes on.
   */
  claimWindowMs: number;
}

/** A second look before resting: a submission that skipped its ring had not committed at the first. */
const LINGER_MS = 500;
/** A retry due within this time is waited for; a later one is the sweep's. */
const PATIENCE_MS = 20_000;
/**
 * While slots stay free that this instance cannot fill, its claims ring for others (`ring_for_others`). Such a ring
 * may come to an instance that is full as well: so often it looks whether they were taken.
 */
const OVERFLOW_LOOK_MS = 1_100;
const CLAIM_ERROR_DELAY_MS = 1_000;

/** Makes a dispatcher at rest. */
export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { store, runtime, log, capacity } = options;
  const inHand = new Set<Promise<void>>();
  const wakeUp = createWakeUp(runtime);
  let released: AttemptId[] = [];
  /** Resolved when the claim that reports `released` has returned and none is left to report. */
  let slotsReported = Promise.withResolvers<void>();
  let running: Promise<void> | undefined;
  let stopped = false;
  let rangAt = -Infinity;
  /** Bytes of pictures since the latest ring, and in hand. */
  let bytesOfRing = 0;
  let bytesInHand = 0;
  /** Whether the last claim left claimable work behind. */
  let more = false;
  /** Whether it left slots free that others could fill. */
  let overflows = false;
  /** Whether it might have got more, had there been more capacity. */
  let wasShortOfCapacity = false;
  /** When failed jobs can be claimed again, and when a pause ends; in milliseconds since the epoch. */
  let retriesDueAt: number[] = [];
  let pausedUntil = 0;
  /** A ring came: a submission that skipped its own ring may have committed only after the claim that followed. */
  let secondLookDue = false;

  function start(job: ClaimedJob, claim: ClaimResult, claimedAt: number): void {
    const { generation_id, attempt } = job;
    let slotReported: Promise<void> | undefined;
    const releaseSlot = () => {
      if (slotReported === undefined) {
        released.push({ generation_id, attempt });
        slotReported = slotsReported.promise;
        wakeUp.now();
      }
      return slotReported;
    };
    let bytes = 0;
    const takeBytes = (taken: number) => {
      bytes += taken;
      bytesInHand += taken;
      bytesOfRing += taken;
    };
    const run = options.runJob({ job, claim, claimedAt, releaseSlot, takeBytes });
    const work = run.then((retryInMs) => {
      inHand.delete(work);
      bytesInHand -= bytes;
      if (retryInMs !== undefined) retriesDueAt.push(runtime.now() + retryInMs);
      // An end may send the user's next job to the queue; while others wait there, a slot is what counts.
      if (wasShortOfCapacity || !more || retryInMs !== undefined || inHand.size === 0) wakeUp.now();
    });
    inHand.add(work);
  }

  /** Claims once; gives whether anything was found. */
  async function claimOnce(): Promise<boolean> {
    const claimedAt = runtime.now();
    const isOpen = !stopped && claimedAt - rangAt < options.claimWindowMs &&
      bytesOfRing < options.ringBytes && bytesInHand < options.memoryBytes;
    const quantity = isOpen ? capacity - inHand.size : 0;
    const finished = released;
    const reported = slotsReported;
    released = [];
    slotsReported = Promise.withResolvers();
    retriesDueAt = retriesDueAt.filter((dueAt) => dueAt > claimedAt);
    try {
      const claim = await store.claim(quantity, finished);
      for (const job of claim.jobs) start(job, claim, claimedAt);
      more = claim.more;
      overflows = claim.free_slots > 0;
      wasShortOfCapacity = isOpen && claim.jobs.length === quantity;
      // A job that ended during the claim has woken nobody.
      if (wasShortOfCapacity && inHand.size < capacity) wakeUp.now();
      pausedUntil = claim.retry_after_ms === null ? 0 : runtime.now() + claim.retry_after_ms;
      // Of calls that end in a burst all are followed by the next before a picture is stored.
      if (released.length === 0) reported.resolve();
      else void slotsReported.promise.then(reported.resolve);
      return claim.jobs.length > 0;
    } catch (error) {
      log.warn("claim_failed", { error });
      released = [...finished, ...released];
      pausedUntil = runtime.now() + CLAIM_ERROR_DELAY_MS;
      overflows = false;
      reported.resolve();
      return false;
    }
  }

  /** Milliseconds until time alone makes a claim worth while. */
  function waitForDue(): number {
    const dueAt = Math.min(...retriesDueAt, ...(pausedUntil > 0 ? [pausedUntil] : []));
    return Math.max(0, dueAt - runtime.now());
  }

  async function run(): Promise<void> {
    let lingered = false;
    try {
      while (true) {
        wakeUp.clear();
        // A ring that finds the dispatcher about to rest is looked after twice as well.
        if (secondLookDue) lingered = false;
        if (await claimOnce()) lingered = false;
        const wait = waitForDue();
        const mayRest = inHand.size === 0 && released.length === 0 && !wakeUp.isSet;
        if (mayRest && (stopped || (lingered && wait > PATIENCE_MS))) return;
        if (inHand.size > 0) {
          const look = secondLookDue ? LINGER_MS : overflows ? OVERFLOW_LOOK_MS : PATIENCE_MS;
          secondLookDue = false;
          await wakeUp.within(Math.min(wait, look));
        } else {
          lingered = true;
          secondLookDue = false;
          await wakeUp.within(wait > PATIENCE_MS ? LINGER_MS : wait);
        }
      }
    } finally {
      // In the same breath as the decision to rest: a ring in between would be nobody's.
      running = undefined;
    }
  }

  return {
    ring() {
      rangAt = runtime.now();
      bytesOfRing = 0;
      secondLookDue = true;
      wakeUp.now();
      if (running !== undefined || stopped) return;
      running = run();
      runtime.waitUntil(running);
    },
    stop() {
      stopped = true;
      wakeUp.now();
    },
    async idle() {
      while (running !== undefined) await running;
    },
  };
}
