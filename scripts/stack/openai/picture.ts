/** Draws the picture of a request and encodes it in the format asked for. */
import { drawPixelArt } from "./pictures/pixel_art.ts";
import { encodeJpeg } from "./pictures/jpeg.ts";
import { encodePng } from "./pictures/png.ts";
import { encodeWebp } from "./pictures/webp.ts";
import type { Generation } from "./parameters.ts";

const ENCODERS = { png: encodePng, webp: encodeWebp, jpeg: encodeJpeg };
/** Edge of a cell in pixels, by quality: finer is better. */
const CELL = { low: 32, medium: 16, high: 8 };
/** Cells of the partial images, coarse to fine; fewer partials are the last of these. */
const PARTIAL_CELLS = [128, 64, 32];

/**
 * The picture of `generation`. `comment` goes into the file, which makes it unlike that of any
 * other request; `output_compression` has no effect, as the drawing is exact in every format.
 */
export function drawPicture(
  { prompt, size, quality, outputFormat, background }: Generation,
  { comment, cell = CELL[quality] }: { comment: string; cell?: number },
): Uint8Array {
  const transparent = background === "transparent";
  return ENCODERS[outputFormat](drawPixelArt(prompt, { ...size, cell, transparent }), comment);
}

/** The cell of partial image `index` (from 0) of `count`. */
export function cellOfPartial(index: number, count: number): number {
  return PARTIAL_CELLS[PARTIAL_CELLS.length - count + index] ?? CELL.low;
}

/** Tokens of a square picture of 1024x1024; larger ones cost in proportion. */
const OUTPUT_TOKENS = { low: 272, medium: 1056, high: 4160 };
/** What every partial image costs beside the picture. */
const PARTIAL_TOKENS = 100;

/** The `usage` of a request. */
export function usageOf(
  { prompt, size, quality, n, partialImages }: Generation,
): Record<string, unknown> {
  const text = Math.ceil(prompt.length / 4);
  const area = (size.width * size.height) / (1024 * 1024);
  const image = n * Math.round(OUTPUT_TOKENS[quality] * area) + partialImages * PARTIAL_TOKENS;
  return {
    input_tokens: text,
    input_tokens_details: { text_tokens: text, image_tokens: 0 },
    output_tokens: image,
    output_tokens_details: { text_tokens: 0, image_tokens: image },
    total_tokens: text + image,
  };
}
