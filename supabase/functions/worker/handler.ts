/** POST /worker: the doorbell. Answers at once; the work goes on in the background. GET /worker/metrics beside it. */
import type { Context, Hono } from "hono";
import { equalSecrets } from "../_shared/auth/constant_time.ts";
import { type BaseEnv, createApp } from "../_shared/http/app.ts";
import { AppError } from "../_shared/http/errors.ts";
import type { Runtime } from "../_shared/platform/runtime.ts";
import { OPEN_METRICS_TYPE } from "../_shared/observability/open_metrics.ts";
import type { EventCounter } from "../_shared/observability/event_counter.ts";
import type { Worker } from "./worker.ts";

/** What the function works with. */
export interface WorkerDeps {
  runtime: Pick<Runtime, "now" | "randomBytes" | "writeLog">;
  /** What the webhook sends in its `apikey` header. */
  secret: string;
  worker: Pick<Worker, "ring">;
  /** The text of /worker/metrics. */
  readMetrics(): Promise<string>;
  /** @default nothing is counted */
  events?: EventCounter;
}

/** These come many a minute under load; the sweep's comes within ten seconds when something is to be tidied. */
const FREQUENT_RINGS = new Set(["webhook", "worker"]);

/**
 * Builds the app of `/worker`. The body is not read: the queue says what to do. pg_net holds a
 * transaction open until the slowest of its calls is answered, so the answer waits for nothing.
 */
export function createWorkerApp(deps: WorkerDeps): Hono<BaseEnv> {
  const app = createApp({ name: "worker", ...deps, corsOrigins: null });

  app.post("/", async (c) => {
    await checkSecret(c, deps);
    deps.worker.ring({ tidy: !FREQUENT_RINGS.has(c.req.header("x-ring") ?? "") });
    return c.json({ accepted: true }, 202);
  });

  app.get("/metrics", async (c) => {
    await checkSecret(c, deps);
    return c.body(await deps.readMetrics(), 200, { "content-type": OPEN_METRICS_TYPE });
  });

  return app;
}

async function checkSecret(c: Context<BaseEnv>, { secret }: WorkerDeps): Promise<void> {
  if (await equalSecrets(c.req.header("apikey") ?? "", secret)) return;
  throw new AppError("unauthorized", "Wrong or missing apikey");
}
