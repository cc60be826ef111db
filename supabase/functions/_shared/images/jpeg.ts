/** Reads the dimensions of a JPEG and checks that the file is whole. */
import { ImageError } from "./image_error.ts";

/** Marker codes of ITU-T T.81, table B.1; each follows a 0xff byte. */
const MARKER = 0xff;
const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;

/** What every JPEG begins with: the start marker and the first byte of the next one. */
export const JPEG_SIGNATURE = [MARKER, SOI, MARKER] as const;

/**
 * The width and height of a JPEG, in pixels.
 *
 * Follows the segments to the frame header and on to the first scan, and checks that the file ends
 * with its end marker. The scans themselves are not unpacked.
 *
 * @throws {ImageError} For anything but a whole JPEG.
 */
export function readJpegSize(bytes: Uint8Array): { width: number; height: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let size: { width: number; height: number } | undefined;
  let position = 2;
  while (position + 4 <= bytes.length) {
    if (bytes[position] !== MARKER) {
      throw new ImageError("Cannot read JPEG: a segment does not begin with a marker");
    }
    const code = view.getUint8(position + 1);
    // Any number of 0xff bytes may fill the gap before a marker: T.81, B.1.1.2.
    if (code === MARKER) {
      position += 1;
      continue;
    }
    const length = view.getUint16(position + 2);
    if (length < 2 || position + 2 + length > bytes.length) break;
    if (isFrameHeader(code)) size = readFrameHeader(view, position + 4, length);
    if (code === SOS) return requireEnd(bytes, size);
    position += 2 + length;
  }
  throw new ImageError("Cannot read JPEG: the file ends before its first scan");
}

/** SOF0 to SOF15, without DHT (0xc4), JPG (0xc8) and DAC (0xcc), which lie among them. */
function isFrameHeader(code: number): boolean {
  return code >= 0xc0 && code <= 0xcf && code !== 0xc4 && code !== 0xc8 && code !== 0xcc;
}

function readFrameHeader(
  view: DataView,
  position: number,
  length: number,
): { width: number; height: number } {
  if (length < 8) throw new ImageError("Cannot read JPEG: its frame header is too short");
  const height = view.getUint16(position + 1);
  const width = view.getUint16(position + 3);
  if (width === 0 || height === 0) {
    throw new ImageError(`Cannot read JPEG: its dimensions are ${width}x${height}`);
  }
  return { width, height };
}

function requireEnd(
  bytes: Uint8Array,
  size: { width: number; height: number } | undefined,
): { width: number; height: number } {
  if (size === undefined) throw new ImageError("Cannot read JPEG: it has no frame header");
  if (bytes.at(-2) !== MARKER || bytes.at(-1) !== EOI) {
    throw new ImageError("Cannot read JPEG: the file ends before its end marker");
  }
  return size;
}
