/** The opaque cursor of GET /generation: the place in the list after which the next page begins. */
import { decodeBase64Url, encodeBase64Url } from "@std/encoding/base64url";

/** The last row of a page. */
export interface Cursor {
  /** ISO 8601, as the database gave it: microseconds count. */
  createdAt: string;
  id: string;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const TIMESTAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?\+00:00$/;

/** Whether a text is a UUID as the database writes it. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** Writes a cursor, in the alphabet of base64url. */
export function encodeCursor(cursor: Cursor): string {
  return encodeBase64Url(`${cursor.createdAt}|${cursor.id}`);
}

/** Reads a cursor that a client sent back; `undefined` for anything that is not one of ours. */
export function decodeCursor(text: string): Cursor | undefined {
  let plain = "";
  try {
    plain = new TextDecoder().decode(decodeBase64Url(text));
  } catch {
    return undefined;
  }
  const [createdAt = "", id = "", ...rest] = plain.split("|");
  return isTime(createdAt) && isUuid(id) && rest.length === 0 ? { createdAt, id } : undefined;
}

// A day the month does not have passes Date.parse, as one of the next month.
function isTime(text: string): boolean {
  const time = TIMESTAMP.test(text) ? Date.parse(text) : NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().slice(0, 10) === text.slice(0, 10);
}
