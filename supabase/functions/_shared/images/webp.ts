/** Reads the dimensions of a still WebP and checks that the file is whole: RFC 9649. */
import { ImageError } from "./image_error.ts";

/** "RIFF", the file's length, "WEBP": the length is the caller's to skip. */
export const RIFF = [0x52, 0x49, 0x46, 0x46] as const;
/** What follows "RIFF" and the length in a WebP. */
export const WEBP = [0x57, 0x45, 0x42, 0x50] as const;

/** Bit of the flags of a `VP8X` chunk: the file holds an animation. */
const ANIMATION = 0x02;

interface Size {
  width: number;
  height: number;
}

/**
 * The width and height of a WebP, in pixels, from its lossy, lossless or extended form.
 *
 * Checks that every chunk lies inside the file, that the file is as long as it says, and that an
 * extended file holds one picture as large as its canvas. The picture itself is not unpacked.
 *
 * @throws {ImageError} For anything but a whole WebP with one picture.
 */
export function readWebpSize(bytes: Uint8Array): Size {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 20 || view.getUint32(4, true) + 8 !== bytes.length) {
    throw new ImageError("Cannot read WebP: the file is not as long as its header says");
  }
  let canvas: Size | undefined;
  let position = 12;
  while (position + 8 <= bytes.length) {
    const type = String.fromCharCode(...bytes.subarray(position, position + 4));
    const length = view.getUint32(position + 4, true);
    const data = position + 8;
    if (data + length > bytes.length) break;
    if (type === "VP8X") canvas = readCanvas(view, data, length);
    if (type === "VP8 ") return requireCanvas(readLossySize(view, data, length), canvas);
    if (type === "VP8L") return requireCanvas(readLosslessSize(view, data, length), canvas);
    // Chunks are padded to an even length: RFC 9649, 2.3.
    position = data + length + (length & 1);
  }
  throw new ImageError("Cannot read WebP: it has no whole picture");
}

/** The canvas of an extended file: RFC 9649, 2.7. */
function readCanvas(view: DataView, data: number, length: number): Size {
  if (length < 10) throw new ImageError("Cannot read WebP: its extended header is too short");
  if ((view.getUint8(data) & ANIMATION) !== 0) {
    throw new ImageError("Cannot read WebP: it is an animation, not one picture");
  }
  const dimension = (at: number) => 1 + view.getUint16(at, true) + (view.getUint8(at + 2) << 16);
  return { width: dimension(data + 4), height: dimension(data + 7) };
}

/** The frame header of a lossy picture: RFC 6386, 9.1. */
function readLossySize(view: DataView, data: number, length: number): Size {
  const isKeyFrame = length >= 10 && (view.getUint8(data) & 1) === 0;
  if (!isKeyFrame || view.getUint8(data + 3) !== 0x9d || view.getUint16(data + 4) !== 0x012a) {
    throw new ImageError("Cannot read WebP: its lossy picture has no key frame header");
  }
  const width = view.getUint16(data + 6, true) & 0x3fff;
  const height = view.getUint16(data + 8, true) & 0x3fff;
  if (width === 0 || height === 0) {
    throw new ImageError(`Cannot read WebP: its dimensions are ${width}x${height}`);
  }
  return { width, height };
}

/** The header of a lossless picture: RFC 9649, 3.4. */
function readLosslessSize(view: DataView, data: number, length: number): Size {
  if (length < 5 || view.getUint8(data) !== 0x2f) {
    throw new ImageError("Cannot read WebP: its lossless picture has no header");
  }
  const bits = view.getUint32(data + 1, true);
  return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) };
}

function requireCanvas(picture: Size, canvas: Size | undefined): Size {
  if (
    canvas !== undefined &&
    (canvas.width !== picture.width || canvas.height !== picture.height)
  ) {
    throw new ImageError(
      `Cannot read WebP: its picture is ${picture.width}x${picture.height} ` +
        `on a canvas of ${canvas.width}x${canvas.height}`,
    );
  }
  return picture;
}
