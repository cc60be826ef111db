/** A small JPEG of a PNG: what a phone needs to see while the picture is generated. */
import { convertIndexedToRgb, decode, type DecodedPng } from "fast-png";
import { encode } from "jpeg-js";
import { ImageError } from "./image_error.ts";
import { readPngSize } from "./png.ts";

/** Longest edge of what is unpacked, in pixels: four bytes a pixel are held in memory. */
const MAX_EDGE = 4_096;
const QUALITY = 70;
const WHITE = 255;

/** Samples of a picture, row by row, `channels` bytes a pixel. */
interface Pixels {
  width: number;
  height: number;
  channels: number;
  data: Uint8Array | Uint8ClampedArray;
}

/**
 * Shrinks a PNG by a whole factor until its longest edge is at most `maxEdge`, and gives it as JPEG;
 * what is transparent becomes white.
 *
 * A picture of 1536x1024 takes about 0.15 s of processor time, most of it to unpack.
 *
 * @param options.maxEdge In pixels.
 * @throws {ImageError} For anything but a PNG of 8 bits a sample and at most 4,096 pixels an edge.
 */
export function shrinkPng(png: Uint8Array, { maxEdge }: { maxEdge: number }): Uint8Array {
  const { width, height } = readPngSize(png);
  if (Math.max(width, height) > MAX_EDGE) {
    throw new ImageError(`Cannot shrink PNG: it is ${width}x${height}, wanted ${MAX_EDGE} at most`);
  }
  const small = shrink(unpack(png), Math.ceil(Math.max(width, height) / maxEdge));
  return new Uint8Array(encode(small, QUALITY).data);
}

function unpack(png: Uint8Array): Pixels {
  let decoded: DecodedPng;
  try {
    decoded = decode(png);
  } catch (cause) {
    throw new ImageError("Cannot shrink PNG: its image data cannot be unpacked", { cause });
  }
  const { width, height, depth, channels, data, palette } = decoded;
  if (palette !== undefined) {
    return { width, height, channels: palette[0]?.length ?? 3, data: convertIndexedToRgb(decoded) };
  }
  if (depth !== 8 || data instanceof Uint16Array) {
    throw new ImageError(`Cannot shrink PNG: it has ${depth} bits a sample, wanted 8`);
  }
  return { width, height, channels, data };
}

/** The mean of every `factor` x `factor` pixels, as RGBA. */
function shrink(source: Pixels, factor: number): Pixels {
  const width = Math.max(1, Math.floor(source.width / factor));
  const height = Math.max(1, Math.floor(source.height / factor));
  const data = new Uint8Array(width * height * 4);
  const { channels } = source;
  const hasAlpha = channels === 2 || channels === 4;
  // Grey is read three times over.
  const step = channels < 3 ? 0 : 1;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const sum = [0, 0, 0];
      let count = 0;
      for (let row = y * factor; row < Math.min(source.height, (y + 1) * factor); row++) {
        for (let column = x * factor; column < Math.min(source.width, (x + 1) * factor); column++) {
          const at = (row * source.width + column) * channels;
          const alpha = hasAlpha ? source.data[at + channels - 1] as number : 255;
          for (let colour = 0; colour < 3; colour++) {
            const value = source.data[at + colour * step] as number;
            (sum[colour] as number) += (value * alpha + WHITE * (255 - alpha)) / 255;
          }
          count += 1;
        }
      }
      const to = (y * width + x) * 4;
      for (let colour = 0; colour < 3; colour++) {
        data[to + colour] = (sum[colour] as number) / count;
      }
      data[to + 3] = 255;
    }
  }
  return { width, height, channels: 4, data };
}
