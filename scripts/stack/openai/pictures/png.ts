/** Writes pixel art as a PNG of 8-bit palette indexes (W3C PNG, third edition). */
import { crc32, deflateSync } from "node:zlib";
import type { PixelArt } from "./pixel_art.ts";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const COLOUR_TYPE_PALETTE = 3;
const FILTER_NONE = 0;
const FILTER_UP = 2;

/** Encodes `art`; `comment` (Latin-1) becomes its `tEXt` chunk. */
export function encodePng(art: PixelArt, comment: string): Uint8Array {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, art.width);
  view.setUint32(4, art.height);
  header[8] = 8;
  header[9] = COLOUR_TYPE_PALETTE;
  const colours = art.palette.length / 4;
  const palette = new Uint8Array(colours * 3);
  const alpha = new Uint8Array(colours);
  for (let i = 0; i < colours; i++) {
    palette.set(art.palette.subarray(i * 4, i * 4 + 3), i * 3);
    alpha[i] = art.palette[i * 4 + 3] ?? 255;
  }
  return concat([
    new Uint8Array(SIGNATURE),
    chunk("IHDR", header),
    chunk("tEXt", latin1(`Comment\0${comment}`)),
    chunk("PLTE", palette),
    ...(alpha.every((value) => value === 255) ? [] : [chunk("tRNS", alpha)]),
    chunk("IDAT", deflateSync(scanlines(art), { level: 1 })),
    chunk("IEND", new Uint8Array(0)),
  ]);
}

/** Every row led by its filter byte; rows equal to the one above are `Up` and all zero, which deflates to nothing. */
function scanlines({ width, height, cell, columns, cells }: PixelArt): Uint8Array {
  const stride = width + 1;
  const lines = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++) {
    const start = y * stride;
    if (y % cell !== 0) {
      lines[start] = FILTER_UP;
      continue;
    }
    lines[start] = FILTER_NONE;
    const row = (y / cell) * columns;
    for (let column = 0; column < columns; column++) {
      const from = column * cell;
      const to = Math.min(from + cell, width);
      lines.fill(cells[row + column] ?? 0, start + 1 + from, start + 1 + to);
    }
  }
  return lines;
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(latin1(type), 4);
  bytes.set(data, 8);
  view.setUint32(data.length + 8, crc32(bytes.subarray(4, data.length + 8)));
  return bytes;
}

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff);
}

function concat(parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
