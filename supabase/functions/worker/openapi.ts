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
  }, {
    id: "readMetrics",
    method: "get",
    path: "/worker/metrics",
    summary: "Read the metrics",
    description:
      "For a Prometheus-compatible scraper: OpenMetrics text, by one call to the database. Names are in docs/operations.md.",
    credential: "worker_secret",
    answers: [{
      status: 200,
      description: "The metrics as they stand.",
      schema: v.string(),
      contentType: "application/openmetrics-text",
      example: "# TYPE pixelpop_queue_depth gauge\npixelpop_queue_depth 0\n# EOF\n",
    }],
    errors: ["unauthorized"],
  }],
};
