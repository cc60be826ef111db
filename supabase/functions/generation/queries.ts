/** The queries that the generation function takes. */
import * as v from "valibot";
import { decodeCursor } from "../_shared/generations/cursor.ts";

const DEFAULT_PAGE_SIZE = "20";
const MAX_PAGE_SIZE = 100;

const PAGE_SIZE = v.message(
  v.pipe(
    v.string(),
    v.regex(/^\d{1,4}$/),
    v.transform(Number),
    v.minValue(1),
    v.maxValue(MAX_PAGE_SIZE),
  ),
  `wanted 1 to ${MAX_PAGE_SIZE}`,
);

const CURSOR = v.pipe(
  v.string(),
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

/** The query of GET /generation/{id}; `live` says that Realtime delivers. */
export const GET_QUERY = v.object({ realtime: v.optional(v.string()) });

/** The query of DELETE /generation/{id}; `pending` cancels and never removes. */
export const DELETE_QUERY = v.object({ only: v.optional(v.literal("pending")) });
