/** POST /worker: the doorbell. Answers at once; the work goes on in the background. */
import type { Hono } from "hono";
import { equalSecrets } from "../_shared/auth/constant_time.ts";
import { type BaseEnv, createApp } from "../_shared/http/app.ts";
import { AppError } from "../_shared/http/errors.ts";
import type { Runtime } from "../_shared/platform/runtime.ts";
import type { Worker } from "./worker.ts";

/** What the function works with. */
export interface WorkerDeps {
  runtime: Pick<Runtime, "now" | "randomBytes" | "writeLog">;
  /** What the webhook sends in its `apikey` header. */
  secret: string;
  worker: Pick<Worker, "ring">;
}

/** These come many a minute under load; the sweep's comes within ten seconds when something is to be tidied. */
const FREQUENT_RINGS = new Set(["webhook", "worker"]);

/**
 * Builds the app of `/worker`. The body is not read: the queue says what to do. pg_net holds a
 * transaction open until the slowest of its calls is answered, so the answer waits for nothing.
 */
export function createWorkerApp({ runtime, secret, worker }: WorkerDeps): Hono<BaseEnv> {
  const app = createApp({ name: "worker", runtime, corsOrigins: null });

  app.post("/", async (c) => {
    if (!await equalSecrets(c.req.header("apikey") ?? "", secret)) {
      throw new AppError("unauthorized", "Wrong or missing apikey");
    }
    worker.ring({ tidy: !FREQUENT_RINGS.has(c.req.header("x-ring") ?? "") });
    return c.json({ accepted: true }, 202);
  });

  return app;
}
