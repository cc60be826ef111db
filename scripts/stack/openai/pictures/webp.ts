/** Writes pixel art as a lossless WebP (RFC 9649): VP8L with a colour table, rows repeated by back references. */
import type { PixelArt } from "./pixel_art.ts";

/** Literals the green code has room for: with its 24 length codes they fill an 8-bit code exactly. */
const LITERALS = 232;
const LENGTH_CODES = 24;
const MAX_COPY = 4096;
/** Distance symbols (RFC 9649, 4.2.2): the pixel above and the pixel to the left. */
const ABOVE = 0;
const LEFT = 1;
const XMP_FLAG = 0x04;
const ALPHA_FLAG = 0x10;

/** Encodes `art`; `comment` becomes an XMP packet. */
export function encodeWebp(art: PixelArt, comment: string): Uint8Array {
  const transparent = art.palette.some((value, index) => index % 4 === 3 && value < 255);
  const extended = new Uint8Array(10);
  const view = new DataView(extended.buffer);
  view.setUint32(0, XMP_FLAG | (transparent ? ALPHA_FLAG : 0), true);
  view.setUint32(4, art.width - 1, true);
  view.setUint16(7, (art.height - 1) & 0xffff, true);
  extended[9] = (art.height - 1) >> 16;
  const xmp = `<x:xmpmeta xmlns:x="adobe:ns:meta/"/><!-- ${comment} -->`;
  const chunks = [
    chunk("VP8X", extended),
    chunk("VP8L", encodeVp8l(art, transparent)),
    chunk("XMP ", new TextEncoder().encode(xmp)),
  ];
  const size = chunks.reduce((total, part) => total + part.length, 0);
  const file = new Uint8Array(size + 12);
  file.set(new TextEncoder().encode("RIFF"));
  new DataView(file.buffer).setUint32(4, size + 4, true);
  file.set(new TextEncoder().encode("WEBP"), 8);
  let offset = 12;
  for (const part of chunks) {
    file.set(part, offset);
    offset += part.length;
  }
  return file;
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(8 + data.length + (data.length % 2));
  bytes.set(new TextEncoder().encode(type));
  new DataView(bytes.buffer).setUint32(4, data.length, true);
  bytes.set(data, 8);
  return bytes;
}

function encodeVp8l(art: PixelArt, transparent: boolean): Uint8Array {
  const bits = new BitWriter(1024 + art.palette.length * 2 + art.cells.length * 6);
  bits.write(0x2f, 8);
  bits.write(art.width - 1, 14);
  bits.write(art.height - 1, 14);
  bits.write(transparent ? 1 : 0, 1);
  bits.write(0, 3);
  bits.write(1, 1);
  bits.write(3, 2); // colour indexing transform
  writeColourTable(bits, art.palette);
  bits.write(0, 1); // no further transform
  bits.write(0, 1); // no colour cache
  bits.write(0, 1); // one set of prefix codes
  writeEightBitCode(bits, { literals: LITERALS, unused: 256 - LITERALS, more: LENGTH_CODES });
  for (let i = 0; i < 3; i++) writeZeroCode(bits); // red, blue, alpha: the table decides
  bits.write(0b0011, 4); // distance code of two symbols, 0 and 1
  bits.write(1, 8);
  writePixels(bits, art);
  return bits.finish();
}

/** The table is itself an image one pixel high, each colour as its difference from the one before. */
function writeColourTable(bits: BitWriter, palette: Uint8Array): void {
  bits.write(palette.length / 4 - 1, 8);
  bits.write(0, 1); // no colour cache
  writeEightBitCode(bits, { literals: 256, unused: LENGTH_CODES, more: 0 });
  for (let i = 0; i < 3; i++) writeEightBitCode(bits, { literals: 256, unused: 0, more: 0 });
  writeZeroCode(bits); // distance: never used
  for (let i = 0; i < palette.length; i += 4) {
    const difference = (channel: number): number =>
      ((palette[i + channel] ?? 0) - (i === 0 ? 0 : palette[i - 4 + channel] ?? 0)) & 0xff;
    for (const channel of [1, 0, 2, 3]) bits.writeCode(difference(channel)); // green comes first
  }
}

/** A prefix code whose used symbols all have 8 bits: `literals`, then a gap of `unused`, then `more`. */
function writeEightBitCode(
  bits: BitWriter,
  { literals, unused, more }: { literals: number; unused: number; more: number },
): void {
  bits.write(0, 1); // a normal code
  bits.write(12 - 4, 4); // lengths of the first 12 code length symbols, in the RFC's order
  for (const symbol of [17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8]) {
    bits.write(symbol === 8 || symbol === 18 ? 1 : 0, 3);
  }
  bits.write(0, 1); // every symbol of the alphabet follows
  for (let i = 0; i < literals; i++) bits.write(0, 1); // "8 bits"
  if (unused > 0) {
    bits.write(1, 1); // symbol 18: a run of 11 and more zeros
    bits.write(unused - 11, 7);
  }
  for (let i = 0; i < more; i++) bits.write(0, 1);
}

/** A code of the single symbol 0, which takes no bit. */
function writeZeroCode(bits: BitWriter): void {
  bits.write(0b0001, 4);
}

function writePixels(bits: BitWriter, art: PixelArt): void {
  const { width, height, cell, columns, rows, cells } = art;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns;) {
      const index = cells[row * columns + column] ?? 0;
      let end = column + 1;
      while (end < columns && cells[row * columns + end] === index) end++;
      bits.writeCode(index);
      writeCopy(bits, Math.min(end * cell, width) - column * cell - 1, LEFT);
      column = end;
    }
    const lines = Math.min(cell, height - row * cell);
    writeCopy(bits, (lines - 1) * width, ABOVE);
  }
}

function writeCopy(bits: BitWriter, pixels: number, distance: number): void {
  for (let left = pixels; left > 0; left -= MAX_COPY) {
    const value = Math.min(left, MAX_COPY) - 1;
    // RFC 9649, 5.2.2: a prefix and extra bits.
    if (value < 4) {
      bits.writeCode(LITERALS + value);
    } else {
      const extra = 30 - Math.clz32(value);
      bits.writeCode(LITERALS + 2 * extra + (value >> extra));
      bits.write(value & ((1 << extra) - 1), extra);
    }
    bits.write(distance, 1);
  }
}

/** Bits, least significant first. */
class BitWriter {
  #bytes: Uint8Array;
  #length = 0;
  #pending = 0;
  #count = 0;

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
  }

  /** Up to 16 bits. */
  write(value: number, length: number): void {
    this.#pending |= value << this.#count;
    this.#count += length;
    while (this.#count >= 8) {
      this.#bytes[this.#length++] = this.#pending & 0xff;
      this.#pending >>>= 8;
      this.#count -= 8;
    }
  }

  /** A symbol of an 8-bit prefix code: such codes go most significant bit first. */
  writeCode(code: number): void {
    let reversed = 0;
    for (let bit = 0; bit < 8; bit++) reversed |= ((code >> bit) & 1) << (7 - bit);
    this.write(reversed, 8);
  }

  finish(): Uint8Array {
    if (this.#count > 0) this.write(0, 8 - this.#count);
    return this.#bytes.subarray(0, this.#length);
  }
}
