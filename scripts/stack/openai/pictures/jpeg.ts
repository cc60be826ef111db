/** Writes pixel art as a baseline JPEG (ITU-T T.81): a cell covers whole 8x8 blocks, so every block is its DC coefficient alone. */
import type { PixelArt } from "./pixel_art.ts";

/** Divides the DC coefficient (8 times the mean) back to the sample itself, so colours are exact. */
const QUANTISER = 8;
/** Codes of each length 1-16, and their symbols: T.81 table K.3, the usual DC table. */
const DC_COUNTS = [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0];
const DC_SYMBOLS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
/** One code, `0`, for "end of block": no block has an AC coefficient. */
const AC_COUNTS = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const AC_SYMBOLS = [0];
const COMPONENTS = [1, 2, 3];

/** Encodes `art` (its alpha is dropped: JPEG has none); `comment` becomes the COM segment. */
export function encodeJpeg(art: PixelArt, comment: string): Uint8Array {
  const { width, height } = art;
  const head = [
    0xff,
    0xd8,
    ...segment(0xe0, [...ascii("JFIF\0"), 1, 1, 0, 0, 1, 0, 1, 0, 0]),
    ...segment(0xfe, ascii(comment)),
    ...segment(0xdb, [0, ...new Array<number>(64).fill(QUANTISER)]),
    ...segment(0xc0, [
      8,
      height >> 8,
      height & 0xff,
      width >> 8,
      width & 0xff,
      COMPONENTS.length,
      ...COMPONENTS.flatMap((id) => [id, 0x11, 0]),
    ]),
    ...segment(0xc4, [0x00, ...DC_COUNTS, ...DC_SYMBOLS]),
    ...segment(0xc4, [0x10, ...AC_COUNTS, ...AC_SYMBOLS]),
    ...segment(0xda, [COMPONENTS.length, ...COMPONENTS.flatMap((id) => [id, 0]), 0, 63, 0]),
  ];
  const scan = encodeScan(art);
  const file = new Uint8Array(head.length + scan.length + 2);
  file.set(head);
  file.set(scan, head.length);
  file.set([0xff, 0xd9], head.length + scan.length);
  return file;
}

function segment(marker: number, data: number[]): number[] {
  const length = data.length + 2;
  return [0xff, marker, length >> 8, length & 0xff, ...data];
}

function ascii(text: string): number[] {
  return Array.from(text, (character) => character.charCodeAt(0) & 0x7f);
}

function encodeScan(art: PixelArt): Uint8Array {
  const { width, height, cell, columns, cells } = art;
  const colours = paletteToYcc(art.palette);
  const codes = dcCodes();
  const bits = new ScanWriter((width / 8) * (height / 8) * 10);
  const previous = [0, 0, 0];
  for (let y = 0; y < height; y += 8) {
    const row = Math.floor(y / cell) * columns;
    for (let x = 0; x < width; x += 8) {
      const colour = (cells[row + Math.floor(x / cell)] ?? 0) * 3;
      for (let component = 0; component < 3; component++) {
        const value = colours[colour + component] ?? 0;
        const difference = value - (previous[component] ?? 0);
        previous[component] = value;
        const size = difference === 0 ? 0 : 32 - Math.clz32(Math.abs(difference));
        const { code, length } = codes[size] ?? { code: 0, length: 0 };
        bits.write(code, length);
        // T.81 F.1.2.1: a negative difference is written as its low bits less one.
        bits.write((difference < 0 ? difference - 1 : difference) & ((1 << size) - 1), size);
        bits.write(0, 1);
      }
    }
  }
  return bits.finish();
}

/** Y, Cb, Cr of every colour, each shifted to -128..127 (JFIF 1.02). */
function paletteToYcc(palette: Uint8Array): Int16Array {
  const colours = new Int16Array((palette.length / 4) * 3);
  for (let i = 0; i < palette.length / 4; i++) {
    const [r = 0, g = 0, b = 0] = palette.subarray(i * 4, i * 4 + 3);
    const clamp = (value: number): number => Math.max(-128, Math.min(127, Math.round(value)));
    colours[i * 3] = clamp(0.299 * r + 0.587 * g + 0.114 * b - 128);
    colours[i * 3 + 1] = clamp(-0.168736 * r - 0.331264 * g + 0.5 * b);
    colours[i * 3 + 2] = clamp(0.5 * r - 0.418688 * g - 0.081312 * b);
  }
  return colours;
}

/** Canonical codes of the DC table, by symbol: the symbols are already in code order. */
function dcCodes(): { code: number; length: number }[] {
  const codes: { code: number; length: number }[] = [];
  let code = 0;
  DC_COUNTS.forEach((count, index) => {
    for (let i = 0; i < count; i++) codes.push({ code: code++, length: index + 1 });
    code <<= 1;
  });
  return codes;
}

/** Bits, most significant first, with a zero byte stuffed after each 0xff. */
class ScanWriter {
  #bytes: Uint8Array;
  #length = 0;
  #pending = 0;
  #count = 0;

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
  }

  write(value: number, length: number): void {
    this.#pending = (this.#pending << length) | value;
    this.#count += length;
    while (this.#count >= 8) {
      this.#count -= 8;
      const byte = (this.#pending >> this.#count) & 0xff;
      this.#bytes[this.#length++] = byte;
      if (byte === 0xff) this.#bytes[this.#length++] = 0;
    }
    this.#pending &= (1 << this.#count) - 1;
  }

  finish(): Uint8Array {
    if (this.#count > 0) this.write((1 << (8 - this.#count)) - 1, 8 - this.#count);
    return this.#bytes.subarray(0, this.#length);
  }
}
