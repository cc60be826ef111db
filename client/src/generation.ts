/** A generation in the contract's words. */

/** Sizes on offer, width x height in pixels. */
export const SIZES = ["1024x1024", "1536x1024", "1024x1536"] as const;
export type Size = (typeof SIZES)[number];

/** Qualities on offer. */
export const QUALITIES = ["low", "medium", "high"] as const;
export type Quality = (typeof QUALITIES)[number];

/** What an image of each quality costs as delivered, in credits; an operator may change it. */
export const PRICES: Readonly<Record<Quality, number>> = { low: 1, medium: 4, high: 15 };

/** Formats a picture may be delivered in. */
export const OUTPUT_FORMATS = ["png", "webp", "jpeg"] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** Longest prompt, in characters (Unicode code points) after trimming. */
export const MAX_PROMPT_LENGTH = 4_000;

/** Where a generation stands. The last three are final. */
export type GenerationStatus = "PENDING" | "PROCESSING" | "COMPLETED" | "FAILED" | "CANCELLED";

/** Why a generation FAILED. */
export type GenerationErrorCode =
  | "moderation_blocked"
  | "invalid_prompt"
  | "provider_unavailable"
  | "provider_timeout"
  | "storage_unavailable"
  | "attempts_exhausted"
  | "internal";

/** Place in the queue, from 1, and expected seconds until the picture. */
export interface QueuePlace {
  position: number;
  eta_seconds: number;
}

/** What `GET /generation/{id}` answers. Times are ISO 8601. */
export interface Generation {
  id: string;
  status: GenerationStatus;
  prompt: string;
  size: Size;
  quality: Quality;
  output_format: OutputFormat;
  attempt: number;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  public_url: string | null;
  error: { code: GenerationErrorCode; message: string } | null;
  queue: QueuePlace | null;
  /** When to ask again, in milliseconds; 0: never, it is finished. */
  poll_after_ms: number;
  /** Counted up by every change of the row. */
  version: number;
}

/** What `POST /generation` answers. */
export interface Accepted {
  id: string;
  status: "PENDING";
  created_at: string;
  credits: number;
  queue: QueuePlace;
  poll_after_ms: number;
  channel: string;
}

/** What `GET /generation` answers; `next` is null on the last page. */
export interface GenerationPage {
  items: Generation[];
  next: string | null;
}

/** The payload of Broadcast "generation" on `user:<id>`. */
export interface GenerationEvent {
  id: string;
  status: GenerationStatus;
  version: number;
  public_url?: string | null;
  error_code?: GenerationErrorCode | null;
  queue_position?: number;
  preview_url?: string | null;
}

/** Whether nothing will change any more. */
export function isFinal(status: GenerationStatus): boolean {
  return status !== "PENDING" && status !== "PROCESSING";
}

/** Reads a payload; undefined for one that is not of the contract, as of a newer backend. */
export function readEvent(payload: unknown): GenerationEvent | undefined {
  if (typeof payload !== "object" || payload === null) return undefined;
  const { id, status, version } = payload as Partial<GenerationEvent>;
  const isKnown = typeof id === "string" && typeof version === "number" &&
    typeof status === "string" && Object.hasOwn(RANK, status);
  return isKnown ? payload as GenerationEvent : undefined;
}

/** How far a generation has come: it never goes back. */
export const RANK: Readonly<Record<GenerationStatus, number>> = {
  PENDING: 0,
  PROCESSING: 1,
  COMPLETED: 2,
  FAILED: 2,
  CANCELLED: 2,
};
