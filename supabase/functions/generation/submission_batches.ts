/** Puts submissions to the database: each at once while few come, many in one transaction when many do. */
import { createBatcher } from "../_shared/batcher.ts";
import type { RpcClient } from "../_shared/db/rpc.ts";
import { AppError } from "../_shared/errors.ts";
import type {
  SendSubmission,
  SubmissionArguments,
  SubmissionResult,
} from "../_shared/generations/client_store.ts";
import type { Runtime } from "../_shared/runtime.ts";

interface Waiting {
  submission: SubmissionArguments;
  settle: PromiseWithResolvers<SubmissionResult>;
}

/**
 * Makes the way to the database for all requests of an isolate.
 *
 * What a batch leaves undone is put to submit_generation by itself, whose every refusal and lock it then
 * meets alone.
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

  async function sendAlone({ submission, settle }: Waiting): Promise<void> {
    try {
      settle.resolve(await db.rpc("submit_generation", { ...submission }));
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
      if (error instanceof AppError && error.retryable) {
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

  return (submission) => {
    const settle = Promise.withResolvers<SubmissionResult>();
    add({ submission, settle });
    return settle.promise;
  };
}
