/** The parameters that the generation function takes. */
import * as v from "valibot";
import { decodeCursor } from "../_shared/generations/cursor.ts";

const DEFAULT_PAGE_SIZE = "20";
const MAX_PAGE_SIZE = 100;

const PAGE_SIZE = v.message(
  v.pipe(
    v.string(),
    v.regex(/^\d{1,4}$/),
    v.metadata({ type: "integer", minimum: 1, maximum: MAX_PAGE_SIZE }),
    v.transform(Number),
    v.minValue(1),
    v.maxValue(MAX_PAGE_SIZE),
  ),
  `wanted 1 to ${MAX_PAGE_SIZE}`,
);

const CURSOR = v.pipe(
  v.string(),
  v.description("The `next` of an earlier page."),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const cursor = decodeCursor(dataset.value);
    if (cursor !== undefined) return cursor;
    addIssue({ message: 'is not a cursor; wanted the "next" of an earlier page' });
    return NEVER;
  }),
);

/** The query of GET /generation. */
export const LIST_QUERY = v.object({
  limit: v.optional(PAGE_SIZE, DEFAULT_PAGE_SIZE),
  before: v.optional(CURSOR),
});

/** The query of GET /generation/{id}. */
export const GET_QUERY = v.object({
  realtime: v.optional(v.pipe(
    v.string(),
    v.description("`live` says that Realtime delivers: `poll_after_ms` is then 30,000."),
  )),
});

/** The query of DELETE /generation/{id}. */
export const DELETE_QUERY = v.object({
  only: v.optional(v.pipe(
    v.literal("pending"),
    v.description("`pending` cancels and never removes."),
  )),
});
