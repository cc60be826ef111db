/** Puts submissions to the database: each at once while few come, many in one transaction when many do. */
import { createBatcher } from "../_shared/batcher.ts";
import { isConflict, type RpcClient } from "../_shared/db/rpc.ts";
import { AppError } from "../_shared/errors.ts";
import type {
  SendSubmission,
  SubmissionArguments,
  SubmissionResult,
} from "../_shared/generations/client_store.ts";
import { DeadlineError } from "../_shared/limits/deadline.ts";
import type { Runtime } from "../_shared/runtime.ts";
import { createTurns } from "../_shared/turns.ts";

interface Waiting {
  submission: SubmissionArguments;
  settle: PromiseWithResolvers<SubmissionResult>;
}

/** As long as a call may take. */
const TURN_MS = 15_000;

/** Before a submission that met another transaction is put again. */
const CONFLICT_PAUSES_MS = [100, 400, 1_000];

/** A submission whose user another transaction held. */
interface Held extends Waiting {
  /** Pauses that are left; without one it is refused. */
  pausesMs: readonly number[];
}

/**
 * Makes the way to the database for all requests of an isolate.
 *
 * Those of one user go one after another: in the database they would wait for one another too, but
 * each on a connection that others want.
 *
 * What a batch leaves undone is put to submit_generation by itself, whose every other refusal and lock it
 * then meets alone. That waits for a lock for a moment only; what met one is put again after a pause, few
 * at a time, so that however many users an operator's transaction holds, connections are left for others.
 */
export function createSubmissionBatches(
  { db, runtime }: { db: RpcClient; runtime: Pick<Runtime, "sleep"> },
): SendSubmission {
  const add = createBatcher<Waiting>({
    runtime,
    send: (batch) => batch.length === 1 ? sendAlone(batch[0]) : sendTogether(batch),
    maxCalls: 2,
    // A call costs Postgres as much as fifteen of its submissions.
    company: 16,
    // So many of the longest prompts are 800 KB, and a few milliseconds of one transaction.
    maxSize: 50,
    patienceMs: 50,
  });
  const addHeld = createBatcher<Held>({
    runtime,
    send: ([held]) => sendAlone(held, held.pausesMs),
    maxCalls: 4,
    maxSize: 1,
    patienceMs: 1_000,
  });
  const takeTurn = createTurns({ runtime, patienceMs: TURN_MS });

  async function sendAlone(
    { submission, settle }: Waiting,
    pausesMs: readonly number[] = CONFLICT_PAUSES_MS,
  ): Promise<void> {
    try {
      settle.resolve(await db.rpc<SubmissionResult>("submit_generation", { ...submission }));
    } catch (error) {
      if (!isConflict(error)) return settle.reject(error);
      const [pauseMs, ...left] = pausesMs;
      if (pauseMs === undefined) return settle.reject(heldError(error));
      // Its id makes another call safe. Nobody waits for it here: the next one's turn has come.
      void runtime.sleep(pauseMs).then(() => addHeld({ submission, settle, pausesMs: left }));
    }
  }

  async function sendTogether(batch: readonly Waiting[]): Promise<void> {
    let results: (SubmissionResult | null)[] = [];
    try {
      const submissions = batch.map(({ submission }) => submission);
      results = await db.rpc<typeof results | null>("submit_generations", { submissions }) ?? [];
    } catch (error) {
      // Where the database is away, asking again for each would only add to it.
      if (error instanceof AppError && error.retryable && !isConflict(error)) {
        return batch.forEach(({ settle }) => settle.reject(error));
      }
      // One of them is at fault, and will meet its error alone.
    }
    batch.forEach((each, index) => {
      const result = results[index];
      if (result) each.settle.resolve(result);
      else void sendAlone(each);
    });
  }

  function send(submission: SubmissionArguments): Promise<SubmissionResult> {
    const settle = Promise.withResolvers<SubmissionResult>();
    add({ submission, settle });
    return settle.promise;
  }

  return async (submission) => {
    try {
      return await takeTurn(submission.user_id, () => send(submission));
    } catch (error) {
      if (!(error instanceof DeadlineError)) throw error;
      throw heldError(error);
    }
  };
}

/** For a submission that was never under way, or of which nothing took effect. */
function heldError(cause: unknown): AppError {
  const message = "Your account is busy for the moment: nothing was charged";
  return new AppError("generation_paused", message, { cause, headers: { "retry-after": "2" } });
}
