/** The live settings a submission needs before it touches a table, remembered for a moment. */
import type { RpcClient } from "../_shared/db/rpc.ts";
import type { Runtime } from "../_shared/platform/runtime.ts";

/** How long a reading is good for an accepted request. */
const FRESH_MS = 1_000;
/** How long it is good for a refusal: an operator who raises a limit is obeyed at once. */
const FRESH_FOR_REFUSAL_MS = 250;

/** Reads the submission limit, one query a second and isolate at most (four while refusing). */
export interface Tuning {
  /** Submissions a minute and user. */
  rateLimitPerMinute(): Promise<number>;
  /** The same, read anew when the last reading is too old to refuse anybody by it. */
  rateLimitForRefusal(): Promise<number>;
  /** Takes over what an accepted submission reported. */
  observe(rateLimitPerMinute: number): void;
}

/** Makes the reader. */
export function createTuning(
  { db, runtime }: { db: RpcClient; runtime: Pick<Runtime, "now"> },
): Tuning {
  let limit = 0;
  let readAt = -Infinity;
  let reading: Promise<number> | undefined;

  function observe(rateLimitPerMinute: number): void {
    limit = rateLimitPerMinute;
    readAt = runtime.now();
  }

  async function read(): Promise<number> {
    const { rate_limit_per_minute } = await db.rpc<{ rate_limit_per_minute: number }>("get_tuning");
    observe(rate_limit_per_minute);
    return limit;
  }

  function readUnlessFresh(freshMs: number): Promise<number> {
    if (runtime.now() - readAt < freshMs) return Promise.resolve(limit);
    // One query for all who ask meanwhile.
    reading ??= read().finally(() => reading = undefined);
    return reading;
  }

  return {
    rateLimitPerMinute: () => readUnlessFresh(FRESH_MS),
    rateLimitForRefusal: () => readUnlessFresh(FRESH_FOR_REFUSAL_MS),
    observe,
  };
}
