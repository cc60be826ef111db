/** Describes the worker function to the outside. */
import * as v from "valibot";
import type { FunctionDescription } from "../_shared/http/operation.ts";

/** The worker function. */
export const description: FunctionDescription = {
  name: "worker",
  about: "For the database's webhook and for operators; no page calls it.",
  schemas: {},
  operations: [{
    id: "wakeWorker",
    method: "post",
    path: "/worker",
    summary: "Wake a worker",
    description: "Answers at once; the work goes on in the background. The body is not read.",
    credential: "worker_secret",
    answers: [{
      status: 202,
      description: "A worker is awake.",
      schema: v.strictObject({ accepted: v.literal(true) }),
      example: { accepted: true },
    }],
    errors: ["unauthorized"],
  }],
};
