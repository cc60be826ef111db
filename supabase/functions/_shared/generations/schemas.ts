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
const POLL_AFTER_MS = v.pipe(
  COUNT,
  v.description("When to ask again, in milliseconds; 0 once the generation has ended."),
);

/** Where a waiting generation stands in the queue. */
export const QUEUE = v.strictObject({ position: COUNT, eta_seconds: COUNT });

/** Why a generation FAILED. */
export const GENERATION_ERROR = v.strictObject({
  code: v.picklist(GENERATION_ERROR_CODES),
  message: v.pipe(v.string(), v.description("In words for the person who asked for it.")),
});

/** A generation as its owner sees it. */
export const GENERATION = v.strictObject({
  id: v.pipe(v.string(), v.uuid()),
  status: v.picklist(STATUSES),
  prompt: v.string(),
  size: v.picklist(SIZES),
  quality: v.picklist(QUALITIES),
  output_format: v.picklist(OUTPUT_FORMATS),
  attempt: v.pipe(COUNT, v.description("Attempts that were begun.")),
  created_at: MOMENT,
  started_at: v.nullable(MOMENT),
  finished_at: v.nullable(MOMENT),
  public_url: v.pipe(
    v.nullable(v.pipe(v.string(), v.url())),
    v.description("Where the picture is, once COMPLETED."),
  ),
  error: v.nullable(GENERATION_ERROR),
  queue: v.pipe(v.nullable(QUEUE), v.description("While PENDING.")),
  poll_after_ms: POLL_AFTER_MS,
  version: v.pipe(COUNT, v.description("Grows with each change.")),
});

/** A page of generations. */
export const GENERATION_PAGE = v.strictObject({
  items: v.pipe(v.array(GENERATION), v.description("Newest first.")),
  next: v.pipe(
    v.nullable(v.string()),
    v.description("The `before` of the next page; null on the last one."),
  ),
});

/** An accepted submission. */
export const ACCEPTED = v.strictObject({
  id: v.pipe(v.string(), v.uuid()),
  status: v.literal("PENDING"),
  created_at: MOMENT,
  credits: v.pipe(v.number(), v.integer(), v.description("What the user has left.")),
  queue: QUEUE,
  poll_after_ms: POLL_AFTER_MS,
  channel: v.pipe(
    v.string(),
    v.description("The private Realtime channel that broadcasts the user's changes."),
  ),
});

export type Generation = v.InferOutput<typeof GENERATION>;
export type GenerationPage = v.InferOutput<typeof GENERATION_PAGE>;
export type Accepted = v.InferOutput<typeof ACCEPTED>;
