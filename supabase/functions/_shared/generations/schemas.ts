/** What the contract shows of generations. */
import * as v from "valibot";
import {
  GENERATION_ERROR_CODES,
  OUTPUT_FORMATS,
  QUALITIES,
  SIZES,
  STATUSES,
} from "./generation.ts";

const MOMENT = v.pipe(v.string(), v.isoTimestamp());
const COUNT = v.pipe(v.number(), v.integer(), v.minValue(0));

/** Where a waiting generation stands in the queue. */
export const QUEUE = v.strictObject({ position: COUNT, eta_seconds: COUNT });

/** A generation as its owner sees it. */
export const GENERATION = v.strictObject({
  id: v.pipe(v.string(), v.uuid()),
  status: v.picklist(STATUSES),
  prompt: v.string(),
  size: v.picklist(SIZES),
  quality: v.picklist(QUALITIES),
  output_format: v.picklist(OUTPUT_FORMATS),
  attempt: COUNT,
  created_at: MOMENT,
  started_at: v.nullable(MOMENT),
  finished_at: v.nullable(MOMENT),
  public_url: v.nullable(v.pipe(v.string(), v.url())),
  error: v.nullable(v.strictObject({
    code: v.picklist(GENERATION_ERROR_CODES),
    message: v.string(),
  })),
  queue: v.nullable(QUEUE),
  /** When to ask again, in milliseconds; 0 once it has ended. */
  poll_after_ms: COUNT,
  /** Grows with each change. */
  version: COUNT,
});

/** A page of generations, newest first. */
export const GENERATION_PAGE = v.strictObject({
  items: v.array(GENERATION),
  /** The `before` of the next page. */
  next: v.nullable(v.string()),
});

/** An accepted submission. */
export const ACCEPTED = v.strictObject({
  id: v.pipe(v.string(), v.uuid()),
  status: v.literal("PENDING"),
  created_at: MOMENT,
  /** What the user has left. */
  credits: v.pipe(v.number(), v.integer()),
  queue: QUEUE,
  poll_after_ms: COUNT,
  /** The private Realtime channel that broadcasts the user's changes. */
  channel: v.string(),
});

export type Generation = v.InferOutput<typeof GENERATION>;
export type GenerationPage = v.InferOutput<typeof GENERATION_PAGE>;
export type Accepted = v.InferOutput<typeof ACCEPTED>;
