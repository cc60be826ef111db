/** Reads the dimensions of a PNG and checks that the file is whole. */
import { ImageError } from "./image_error.ts";

/** The eight bytes every PNG begins with: PNG specification (third edition), 5.2. */
export const PNG_SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] as const;

const IHDR = 0x49484452;
const IDAT = 0x49444154;
const IEND = 0x49454e44;
/** Length, type and checksum, which every chunk has around its data. */
const CHUNK_OVERHEAD = 12;
const MAX_DIMENSION = 2 ** 31 - 1;

/**
 * The width and height of a PNG, in pixels.
 *
 * Checks the header chunk with its checksum, that every chunk lies inside the file, that there is
 * image data, and that the end chunk is there; bytes after it are ignored, as decoders do. The
 * image data itself is not unpacked.
 *
 * @throws {ImageError} For anything but a whole PNG.
 */
export function readPngSize(bytes: Uint8Array): { width: number; height: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = PNG_SIGNATURE.length;
  const headerEnd = header + CHUNK_OVERHEAD + 13;
  if (
    bytes.length < headerEnd || view.getUint32(header) !== 13 || view.getUint32(header + 4) !== IHDR
  ) {
    throw new ImageError("Cannot read PNG: it does not begin with a header chunk");
  }
  if (crc32(bytes.subarray(header + 4, headerEnd - 4)) !== view.getUint32(headerEnd - 4)) {
    throw new ImageError("Cannot read PNG: the checksum of its header chunk is wrong");
  }
  const width = view.getUint32(header + 8);
  const height = view.getUint32(header + 12);
  if (width === 0 || height === 0 || width > MAX_DIMENSION || height > MAX_DIMENSION) {
    throw new ImageError(`Cannot read PNG: its dimensions are ${width}x${height}`);
  }
  requireWholeFile(view, headerEnd);
  return { width, height };
}

/** Walks the chunks from `position` to the end chunk. */
function requireWholeFile(view: DataView, position: number): void {
  let hasImageData = false;
  while (position + CHUNK_OVERHEAD <= view.byteLength) {
    const type = view.getUint32(position + 4);
    position += CHUNK_OVERHEAD + view.getUint32(position);
    if (type === IDAT) hasImageData = true;
    if (type !== IEND) continue;
    if (!hasImageData) throw new ImageError("Cannot read PNG: it has no image data");
    return;
  }
  throw new ImageError("Cannot read PNG: the file ends before its end chunk");
}

/** The CRC of PNG specification (third edition), Annex D; bit by bit, as it is only run over a header. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) {
      crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    }
  }
  return (crc ^ 0xffffffff) >>> 0;
}
