/** The database side of the worker: claim, heartbeat, complete, fail. One function for each SQL function. */
import type { RpcClient } from "../db/rpc.ts";
import { AppError } from "../http/errors.ts";
import type { Runtime } from "../platform/runtime.ts";
import type { GenerationErrorCode, OutputFormat, Quality, Size } from "./generation.ts";

/** One attempt at a generation: what names it, and fences every write about it. */
export interface AttemptId {
  generation_id: string;
  attempt: number;
}

/** A claimed generation. */
export interface ClaimedJob extends AttemptId {
  user_id: string;
  prompt: string;
  size: Size;
  quality: Quality;
  output_format: OutputFormat;
  /** Id of the request that submitted it; null for one an operator submitted again. */
  request_id: string | null;
  /** Earlier attempts that count against max_attempts. */
  failures: number;
}

/** What claim_generations gives. */
export interface ClaimResult {
  jobs: ClaimedJob[];
  /** Whether claimable messages were left behind. */
  more: boolean;
  /** Slots that stay free although claimable messages were left behind; 0 when none were. */
  free_slots: number;
  /** Milliseconds until a pause or the budget ends; null when nothing holds claims back. */
  retry_after_ms: number | null;
  lease_seconds: number;
  partial_images: number;
  retired_models: string[];
}

/** How an attempt failed; see fail_generation. */
export type AttemptFailureKind =
  | "permanent"
  | "transient"
  | "storage"
  | "rate"
  | "money"
  | "configuration"
  | "interrupted"
  | "released";

/** What the worker says of a failed attempt. */
export interface AttemptFailure {
  kind: AttemptFailureKind;
  errorCode: GenerationErrorCode;
  /** For operators, without secrets. */
  message: string;
  delayMs?: number;
  retryAfterMs?: number | undefined;
  model?: string | undefined;
  latencyMs?: number | undefined;
  /** Whether the provider billed the call, or may have. */
  maybeBilled?: boolean;
  /** What failures of the same cause have in common; see {@link ProviderFailure.signature}. */
  signature?: string | undefined;
  /** The provider's name for the call. */
  providerRequestId?: string | null | undefined;
}

/** What became of a failed attempt. */
export interface FailureOutcome {
  outcome: "failed" | "requeued" | "stale";
  /** When requeued: milliseconds until it can be claimed again. */
  retry_in_ms?: number;
}

/** What the worker says of a stored picture. */
export interface Completion {
  publicUrl: string;
  /** The picture was found stored: the provider was not called. */
  recovered: boolean;
  model?: string;
  latencyMs?: number;
  usage?: unknown;
  /** Pixels of the picture. */
  width?: number;
  height?: number;
  /** The provider's name for the call. */
  providerRequestId?: string | null;
}

/** What became of a stored picture. */
export interface CompletionOutcome {
  outcome: "completed" | "already_completed" | "stale";
  /** When stale: the generation ended without this picture, or was removed, so the picture must go. */
  unwanted?: boolean;
}

/** A configured model as the provider's list has it. */
export interface ListedModel {
  model: string;
  is_listed: boolean;
  /** An ISO date, if the provider announced its end. */
  shutdown_date: string | null;
}

/** The worker's calls to the database. */
export interface WorkerStore {
  claim(quantity: number, providerFinished: readonly AttemptId[]): Promise<ClaimResult>;
  /** Gives the ids of generations whose leases still hold. */
  extendLeases(attempts: readonly AttemptId[]): Promise<string[]>;
  complete(
    attempt: AttemptId,
    completion: Completion,
  ): Promise<CompletionOutcome>;
  fail(attempt: AttemptId, failure: AttemptFailure): Promise<FailureOutcome>;
  /** Shows a stored preview to the owner; false when the attempt no longer holds the generation. */
  announcePreview(
    attempt: AttemptId,
    preview: { objectKey: string; previewUrl: string },
  ): Promise<boolean>;
  /** Tells all workers that a model is gone. */
  retireModel(model: string, modelsLeft: number): Promise<void>;
  /** Pauses the service for the bucket, no attempt having failed yet. */
  pauseForStorage(note: string): Promise<void>;
  /** Whether this worker is to ask for the provider's list of models: true once a day over all. */
  claimModelCheck(): Promise<boolean>;
  /** Notes what the list says of the configured models. */
  recordModels(models: readonly ListedModel[]): Promise<void>;
  /** Forgets removals that are done, gives those still to do. */
  settleObjectDeletions(done: readonly string[]): Promise<string[]>;
}

/** Waits between the tries of a call that is safe to repeat, in milliseconds. */
const RETRY_DELAYS_MS = [100, 400, 1_000, 2_000, 4_000];

/**
 * Makes the store of one worker instance. Every call but `claim` is idempotent, by the fence of the
 * attempt number, and is repeated while the database does not answer. An unanswered claim is not:
 * what it may have taken comes back when its lease ends.
 */
export function createWorkerStore(
  options: {
    db: RpcClient;
    /** Sends every request once, also below the client. */
    dbOnce: RpcClient;
    workerId: string;
    runtime: Pick<Runtime, "sleep">;
  },
): WorkerStore {
  const { db, dbOnce, workerId, runtime } = options;

  async function persist<Result>(name: string, args: Record<string, unknown>): Promise<Result> {
    for (const delay of RETRY_DELAYS_MS) {
      try {
        return await db.rpc<Result>(name, args);
      } catch (error) {
        if (!(error instanceof AppError) || !error.retryable) throw error;
        await runtime.sleep(delay);
      }
    }
    return await db.rpc<Result>(name, args);
  }

  return {
    claim: (quantity, providerFinished) =>
      dbOnce.rpc("claim_generations", {
        worker_id: workerId,
        quantity,
        provider_finished: providerFinished,
      }),
    // Repeated by the next beat anyway.
    extendLeases: (attempts) => db.rpc("extend_leases", { worker_id: workerId, attempts }),
    complete: ({ generation_id, attempt }, completion) =>
      persist("complete_generation", {
        generation_id,
        attempt,
        public_url: completion.publicUrl,
        recovered: completion.recovered,
        model: completion.model ?? null,
        latency_ms: completion.latencyMs ?? null,
        usage: completion.usage ?? null,
        width: completion.width ?? null,
        height: completion.height ?? null,
        provider_request_id: completion.providerRequestId ?? null,
      }),
    fail: ({ generation_id, attempt }, failure) =>
      persist("fail_generation", {
        generation_id,
        attempt,
        kind: failure.kind,
        error_code: failure.errorCode,
        error_message: failure.message,
        delay_ms: failure.delayMs ?? 0,
        retry_after_ms: failure.retryAfterMs ?? null,
        model: failure.model ?? null,
        latency_ms: failure.latencyMs ?? null,
        maybe_billed: failure.maybeBilled ?? false,
        signature: failure.signature ?? null,
        provider_request_id: failure.providerRequestId ?? null,
      }),
    // Not repeated: the next preview, or the picture, tells more.
    announcePreview: ({ generation_id, attempt }, { objectKey, previewUrl }) =>
      db.rpc("announce_preview", {
        generation_id,
        attempt,
        object_key: objectKey,
        preview_url: previewUrl,
      }),
    retireModel: (model, modelsLeft) => persist("retire_model", { model, models_left: modelsLeft }),
    pauseForStorage: (note) => db.rpc("pause_for_storage", { note }),
    claimModelCheck: () => db.rpc("claim_model_check"),
    recordModels: (models) => persist("record_models", { models }),
    settleObjectDeletions: (done) =>
      persist("settle_object_deletions", { object_keys: done, page_size: 100 }),
  };
}
