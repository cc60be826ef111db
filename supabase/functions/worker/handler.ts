/** POST /worker: the doorbell. Answers at once; the work goes on in the background. */
import { equalSecrets } from "../_shared/auth/constant_time.ts";
import { AppError } from "../_shared/http/errors.ts";
import {
  createRequestHandler,
  jsonResponse,
  type RequestContext,
} from "../_shared/http/request_handler.ts";
import type { Runtime } from "../_shared/platform/runtime.ts";
import type { Worker } from "./worker.ts";

/** What the function works with. */
export interface WorkerDeps {
  runtime: Runtime;
  /** What the webhook sends in its `apikey` header. */
  secret: string;
  worker: Pick<Worker, "ring">;
}

/** These come many a minute under load; the sweep's comes within ten seconds when something is to be tidied. */
const FREQUENT_RINGS = new Set(["webhook", "worker"]);

/**
 * Builds the handler of `/worker`. The body is not read: the queue says what to do. pg_net holds a
 * transaction open until the slowest of its calls is answered, so the answer waits for nothing.
 */
export function createWorkerHandler(deps: WorkerDeps): (request: Request) => Promise<Response> {
  return createRequestHandler({
    name: "worker",
    runtime: deps.runtime,
    corsOrigins: null,
    routes: [{ method: "POST", pattern: "/", handle: (context) => ring(context, deps) }],
  });
}

async function ring({ request }: RequestContext, deps: WorkerDeps): Promise<Response> {
  const given = request.headers.get("apikey") ?? "";
  if (!await equalSecrets(given, deps.secret)) {
    throw new AppError("unauthorized", "Wrong or missing apikey");
  }
  deps.worker.ring({ tidy: !FREQUENT_RINGS.has(request.headers.get("x-ring") ?? "") });
  return jsonResponse({ accepted: true }, { status: 202 });
}
