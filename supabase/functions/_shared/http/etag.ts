/** Tags an answer, and answers 304 to who has it already. */
import { etag, RETAINED_304_HEADERS } from "hono/etag";

/** A page must be able to read a 304, which keeps few headers of the answer it stands for. */
const KEPT_HEADERS = [
  ...RETAINED_304_HEADERS,
  "access-control-allow-origin",
  "access-control-expose-headers",
  "x-request-id",
];

/** Makes the middleware: `app.get("/:id", tagged(), …)`; the tag is a hash of the body. */
export function tagged() {
  return etag({ retainedHeaders: KEPT_HEADERS });
}
