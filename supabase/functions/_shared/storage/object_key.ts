/** Where a generation's pictures are kept: every attempt at it computes the same keys. */
import type { ImageFormat } from "../images/inspect.ts";

const GENERATION_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The key of a generation's picture, such as `generations/<id>.png`.
 *
 * @throws {TypeError} For an id that is no lower-case UUID: it would become part of a path.
 */
export function objectKey(generationId: string, format: ImageFormat): string {
  return `generations/${requireId(generationId)}.${format}`;
}

/**
 * The key of a preview, such as `previews/<id>/0.png`.
 *
 * @param index Number of the preview, counted from 0.
 * @throws {TypeError} For an id that is no lower-case UUID.
 * @throws {RangeError} For an index that is no count.
 */
export function previewKey(generationId: string, index: number, format: ImageFormat): string {
  if (!Number.isSafeInteger(index) || index < 0) {
    throw new RangeError(`Cannot make a preview key: the index is ${index}, wanted 0 or more`);
  }
  return `previews/${requireId(generationId)}/${index}.${format}`;
}

function requireId(generationId: string): string {
  if (!GENERATION_ID.test(generationId)) {
    throw new TypeError(`Cannot make an object key: "${generationId}" is no lower-case UUID`);
  }
  return generationId;
}
