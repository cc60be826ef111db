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

/**
 * Makes the way to the database for all requests of an isolate.
 *
 * Those of one user go one after another: in the database they would wait for one another too, but
 * each on a connection that others want.
 *
 * What a batch leaves undone is put to submit_generation by itself, whose every other refusal and lock it
 * then meets alone.
 */
export function createSubmissionBatches(
  { db, runtime }: { db: RpcClient; runtime: Pick<Runtime, "sleep"> },
): SendSubmission {
  const add = createBatcher<Waiting>({
    runtime,
    send: (batch) => batch.length === 1 ? sendAlone(batch[0]) : sendTogether(batch),
    maxCalls: 2,
    // So many of the longest prompts are 800 KB, and a few milliseconds of one transaction.
    maxSize: 50,
    patienceMs: 100,
  });
  const takeTurn = createTurns({ runtime, patienceMs: TURN_MS });

  async function sendAlone({ submission, settle }: Waiting): Promise<void> {
    const call = () => db.rpc<SubmissionResult>("submit_generation", { ...submission });
    try {
      // Its id makes a second call safe, and whoever was in the way has gone on.
      const again = (error: unknown) => isConflict(error) ? call() : Promise.reject(error);
      settle.resolve(await call().catch(again));
    } catch (error) {
      settle.reject(error);
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
      const message = "Cannot submit: an earlier submission of the user is still under way";
      throw new AppError("internal", message, { cause: error, retryable: true });
    }
  };
}
