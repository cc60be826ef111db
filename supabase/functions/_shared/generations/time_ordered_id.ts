/** Ids that grow with time: rows made together lie together in every index over them. */
import { toHex } from "../http/hex.ts";
import type { Runtime } from "../platform/runtime.ts";

/**
 * Makes a UUID of version 7: the milliseconds of its making, and 74 bits that nobody can guess.
 *
 * A random id puts each new row, and each row that is finished, on a page of its own of every index; a
 * queue of a million then lives on the disk and not in memory.
 *
 * Source: RFC 9562 section 5.7.
 */
export function makeTimeOrderedId(runtime: Pick<Runtime, "now" | "randomBytes">): string {
  const bytes = runtime.randomBytes(16);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const milliseconds = runtime.now();
  view.setUint16(0, Math.floor(milliseconds / 2 ** 32));
  view.setUint32(2, milliseconds % 2 ** 32);
  view.setUint8(6, 0x70 | view.getUint8(6) & 0x0f);
  view.setUint8(8, 0x80 | view.getUint8(8) & 0x3f);
  return toHex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
