/** Sends submissions to the database: at once while few come, many in one transaction when many do. */
import { createBatcher } from "../_shared/concurrency/batcher.ts";
import { isConflict, type RpcClient } from "../_shared/db/rpc.ts";
import { AppError } from "../_shared/http/errors.ts";
import type {
  SendSubmission,
  SubmissionArguments,
  SubmissionResult,
} from "../_shared/generations/client_store.ts";
import { DeadlineError } from "../_shared/concurrency/deadline.ts";
import type { Runtime } from "../_shared/platform/runtime.ts";
import { createKeyedQueue } from "../_shared/concurrency/keyed_queue.ts";

interface Waiting {
  submission: SubmissionArguments;
  /** Pauses that are left before it is refused, should its user stay locked. */
  pausesMs: readonly number[];
  settle: PromiseWithResolvers<SubmissionResult>;
}

/** How long a submission waits for earlier ones of its user: as long as a call may take. */
const ORDER_PATIENCE_MS = 15_000;

/** Before a submission is sent again whose user another transaction had locked. */
const BUSY_PAUSES_MS = [100, 400, 1_000];

/**
 * Makes the way to `submit_generations` for all requests of an isolate.
 *
 * A batch of one is the ordinary case; what comes beside a call under way goes together. Submissions of
 * one user go one after another. One whose user another transaction has locked (`busy`) is sent again
 * after a pause, and refused with 503 when the pauses are spent.
 */
export function createSubmissionBatches(
  { db, runtime }: { db: RpcClient; runtime: Pick<Runtime, "sleep"> },
): SendSubmission {
  const add = createBatcher<Waiting>({
    runtime,
    send: sendBatch,
    maxCalls: 2,
    // A call costs Postgres as much as fifteen of its submissions.
    minBatchSize: 16,
    // So many of the longest prompts are 800 KB, and a few milliseconds of one transaction.
    maxSize: 50,
    patienceMs: 50,
  });
  const runInOrder = createKeyedQueue({ runtime, patienceMs: ORDER_PATIENCE_MS });

  async function sendBatch(batch: readonly Waiting[]): Promise<void> {
    const submissions = batch.map(({ submission }) => submission);
    let results: SubmissionResult[];
    try {
      results = await db.rpc<SubmissionResult[]>("submit_generations", { submissions });
    } catch (error) {
      // Nothing of it took effect, as if every user had been locked.
      if (isConflict(error)) batch.forEach((each) => sendAgain(each, error));
      else batch.forEach(({ settle }) => settle.reject(error));
      return;
    }
    batch.forEach((each, index) => {
      const result = results[index];
      if (result === undefined) each.settle.reject(missingResult(batch.length, results.length));
      else if (result.outcome === "busy") sendAgain(each);
      else each.settle.resolve(result);
    });
  }

  function sendAgain({ submission, pausesMs, settle }: Waiting, cause?: unknown): void {
    const [pauseMs, ...left] = pausesMs;
    if (pauseMs === undefined) return settle.reject(busyError(cause));
    // The batch does not wait for it; its id makes another call safe.
    void runtime.sleep(pauseMs).then(() => add({ submission, pausesMs: left, settle }));
  }

  function send(submission: SubmissionArguments): Promise<SubmissionResult> {
    const settle = Promise.withResolvers<SubmissionResult>();
    add({ submission, pausesMs: BUSY_PAUSES_MS, settle });
    return settle.promise;
  }

  return async (submission) => {
    try {
      return await runInOrder(submission.user_id, () => send(submission));
    } catch (error) {
      if (!(error instanceof DeadlineError)) throw error;
      throw busyError(error);
    }
  };
}

function busyError(cause: unknown): AppError {
  const message = "Your account is busy for the moment: nothing was charged";
  return new AppError("generation_paused", message, { cause, headers: { "retry-after": "2" } });
}

function missingResult(wanted: number, current: number): AppError {
  const cause = new TypeError(`submit_generations gave ${current} results: ${wanted} are wanted`);
  return new AppError("internal", "Cannot use the database", { cause });
}
