/** Settings: who may ring the worker and how much it does at a time. */
import * as v from "valibot";
import { text, wholeNumber } from "./variables.ts";

/** `WORKER_SECRET` and `WORKER_CONCURRENCY` (default 16). */
export const workerSettings = v.pipe(
  v.object({
    WORKER_SECRET: text("a secret of at least 16 characters without spaces", /^[\x21-\x7e]{16,}$/),
    WORKER_CONCURRENCY: v.optional(wholeNumber(1, 256), "16"),
  }),
  v.transform((values) => ({
    /** What the webhook sends in its `apikey` header. */
    secret: values.WORKER_SECRET,
    /** Generations one worker instance works on at the same time. */
    concurrency: values.WORKER_CONCURRENCY,
  })),
);
