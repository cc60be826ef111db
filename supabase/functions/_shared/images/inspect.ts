/** Says what a picture is from its own bytes: never from a header, a file name or a promise. */
import { ImageError } from "./image_error.ts";
import { JPEG_SIGNATURE, readJpegSize } from "./jpeg.ts";
import { PNG_SIGNATURE, readPngSize } from "./png.ts";
import { readWebpSize, RIFF, WEBP } from "./webp.ts";

export { ImageError };

/** A kind of picture users can ask for. */
export type ImageFormat = "png" | "webp" | "jpeg";

/** What the bytes of a picture say it is; the dimensions in pixels. */
export interface ImageInfo {
  format: ImageFormat;
  width: number;
  height: number;
}

/**
 * Reads format and dimensions of a whole PNG, JPEG or still WebP.
 *
 * The headers are parsed and the file's end is checked, so that a cut file does not pass; the
 * pixels are not unpacked.
 *
 * @throws {ImageError} For anything else.
 */
export function inspectImage(bytes: Uint8Array): ImageInfo {
  if (beginsWith(bytes, PNG_SIGNATURE)) return { format: "png", ...readPngSize(bytes) };
  if (beginsWith(bytes, JPEG_SIGNATURE)) return { format: "jpeg", ...readJpegSize(bytes) };
  if (beginsWith(bytes, RIFF) && beginsWith(bytes.subarray(8), WEBP)) {
    return { format: "webp", ...readWebpSize(bytes) };
  }
  throw new ImageError(
    bytes.length === 0
      ? "Cannot read image: it has no bytes"
      : `Cannot read image: its ${bytes.length} bytes are no PNG, WebP or JPEG`,
  );
}

/** The media type of a format. */
export function contentTypeOf(format: ImageFormat): string {
  return `image/${format}`;
}

function beginsWith(bytes: Uint8Array, signature: readonly number[]): boolean {
  return signature.every((byte, index) => bytes[index] === byte);
}
