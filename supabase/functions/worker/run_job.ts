/** One attempt at one generation, from the claim to its outcome. */
import type {
  AttemptFailure,
  AttemptId,
  ClaimedJob,
  CompletionOutcome,
  WorkerStore,
} from "../_shared/generations/worker_store.ts";
import { withDeadline } from "../_shared/concurrency/deadline.ts";
import type { Logger } from "../_shared/observability/log.ts";
import type { GeneratedImage } from "../_shared/openai/image_provider.ts";
import { backoffMs } from "../_shared/openai/backoff.ts";
import type { Runtime } from "../_shared/platform/runtime.ts";
import { objectKey } from "../_shared/storage/object_key.ts";
import { type ObjectStore, StorageError } from "../_shared/storage/object_store.ts";
import { keepPicture } from "./keep_picture.ts";
import { type HeldLease, type LeaseKeeper, LeaseLostError } from "./leases.ts";
import { generateImage, type GenerateImageDeps, GenerateImageError } from "./generate_image.ts";
import type { PreviewMaker } from "./preview_maker.ts";
import { beginPreviews } from "./previews.ts";
import type { JobStart, RunJob } from "./dispatcher.ts";
import { removeObjects } from "./remove_objects.ts";

/** What a job works with. */
export interface JobDeps {
  store: WorkerStore;
  leases: LeaseKeeper;
  objects: ObjectStore;
  generate: Omit<GenerateImageDeps, "retireModel" | "log" | "now">;
  previewMaker: Pick<PreviewMaker, "make">;
  runtime: Pick<Runtime, "now" | "sleep" | "waitUntil">;
  /** A number in [0, 1), for the backoff's jitter. */
  random(): number;
  log: Logger;
}

/** How long storing a picture waits at most until a claim has reported its slot as free, in milliseconds. */
const SLOT_REPORT_MS = 250;

/** Makes the runner of jobs. */
export function createRunJob(deps: JobDeps): RunJob {
  return async (start) => {
    const { generation_id, attempt } = start.job;
    const id: AttemptId = { generation_id, attempt };
    const log = deps.log.with({ request_id: start.job.request_id, generation_id, attempt });
    const lease = deps.leases.hold(id, {
      leaseSeconds: start.claim.lease_seconds,
      claimedAt: start.claimedAt,
    });
    /** A picture was bought, and is thrown away if the attempt fails now. */
    let isBilled = false;
    try {
      await work(start, { ...deps, log, onPicture: () => isBilled = true }, lease);
      return undefined;
    } catch (error) {
      return await giveUp(error, { ...deps, log }, { ...start, isBilled }).catch((cause) => {
        // The lease runs out by itself, and the sweep takes it from there.
        log.error("failure_not_recorded", { error: cause });
        return undefined;
      });
    } finally {
      lease.drop();
      void start.releaseSlot();
    }
  };
}

async function work(
  start: JobStart,
  deps: JobDeps & { onPicture: () => void },
  lease: HeldLease,
): Promise<void> {
  const { job, claim } = start;
  const { store, objects, runtime, log } = deps;
  const key = objectKey(job.generation_id, job.output_format);
  const publicUrl = objects.publicUrl(key);
  const { signal } = lease;

  // An earlier attempt may have died between the stored picture and its completion: look before paying.
  if (job.attempt > 1 && await objects.head(key, { signal }) !== null) {
    void start.releaseSlot();
    await settle(await store.complete(job, { publicUrl, recovered: true }), { key, deps });
    log.info("job_recovered");
    return;
  }
  const previews = beginPreviews(deps, job);
  let image: GeneratedImage;
  try {
    image = await generateImage({
      ...deps.generate,
      retireModel: store.retireModel,
      log,
      now: runtime.now,
    }, {
      job,
      retired: claim.retired_models,
      signal,
      previews: { count: claim.partial_images, show: previews.show },
    });
  } finally {
    previews.end();
  }
  deps.onPicture();
  start.takeBytes(image.bytes.length);
  warnIfOther(image, { job, log });
  // Not after a failure: the pause it may bring must be known before the slot is another's.
  const slotReported = start.releaseSlot();
  lease.letFinish();
  // The next call starts before this picture is stored: under load both want the same processor.
  if (claim.more) {
    await withDeadline(SLOT_REPORT_MS, () => slotReported, { runtime }).catch(() => undefined);
  }
  await keepPicture({ ...deps, pauseForStorage: store.pauseForStorage }, { key, image, signal });
  const { model, latencyMs, usage, width, height, providerRequestId } = image;
  const picture = { model, latencyMs, usage, width, height, providerRequestId };
  const completion = { publicUrl, recovered: false, ...picture };
  const outcome = await settle(await store.complete(job, completion), { key, deps });
  if (claim.partial_images > 0) await removeObjects(deps);
  log.info("job_completed", {
    outcome,
    model,
    provider_ms: latencyMs,
    provider_request_id: providerRequestId,
  });
}

// It is kept all the same: it is paid for, and another might be no different.
function warnIfOther(
  { width, height, contentType }: GeneratedImage,
  { job, log }: { job: ClaimedJob; log: Logger },
): void {
  const current = `${width}x${height} ${contentType}`;
  const wanted = `${job.size} image/${job.output_format}`;
  if (current !== wanted) log.warn("other_picture", { current, wanted });
}

// A picture that came after its generation had ended without it, or was removed, belongs to nobody.
async function settle(
  { outcome, unwanted }: CompletionOutcome,
  { key, deps }: { key: string; deps: JobDeps },
): Promise<string> {
  if (outcome === "stale" && unwanted) await deps.objects.delete(key);
  return outcome;
}

async function giveUp(
  error: unknown,
  deps: JobDeps,
  { job, isBilled }: JobStart & { isBilled: boolean },
): Promise<number | undefined> {
  if (error instanceof LeaseLostError || causeOf(error) instanceof LeaseLostError) {
    return undefined; // already another's business
  }
  const failure = toAttemptFailure(error, { isBilled });
  const { retryAfterMs } = failure;
  const delayMs = backoffMs({ failures: job.failures + 1, retryAfterMs, random: deps.random });
  const { outcome, retry_in_ms } = await deps.store.fail(job, { ...failure, delayMs });
  deps.log.warn("job_failed", { kind: failure.kind, code: failure.errorCode, outcome, error });
  return outcome === "requeued" ? retry_in_ms : undefined;
}

function toAttemptFailure(error: unknown, { isBilled }: { isBilled: boolean }): AttemptFailure {
  if (error instanceof GenerateImageError) {
    const { kind, errorCode, message, retryAfterMs, ambiguous, signature, providerRequestId } =
      error.failure;
    const { model, latencyMs } = error;
    const facts = {
      errorCode,
      message,
      model,
      latencyMs,
      maybeBilled: ambiguous,
      signature,
      providerRequestId,
    };
    // Only a call that may be billed spends an attempt.
    if (kind === "cancelled") return { ...facts, kind: ambiguous ? "interrupted" : "released" };
    if (kind === "model_gone") return { ...facts, kind: "transient" };
    return { ...facts, kind, retryAfterMs };
  }
  if (error instanceof StorageError) {
    if (error.kind === "cancelled") {
      return { kind: "released", errorCode: "internal", message: error.message };
    }
    return {
      // A bucket that refuses us would cost every job its picture: the service pauses.
      kind: "storage",
      errorCode: "storage_unavailable",
      message: `Storage: ${error.message}`,
      maybeBilled: isBilled,
    };
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { kind: "transient", errorCode: "internal", message, maybeBilled: isBilled };
}

function causeOf(error: unknown): unknown {
  let cause = error;
  while (cause instanceof Error && cause.cause !== undefined) cause = cause.cause;
  return cause;
}
