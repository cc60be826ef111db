/** Draws the picture of a prompt: a pixel-art creature before a gradient, as a grid of palette colours any encoder can write. */
import { createHash } from "node:crypto";

/** A picture made of square cells of one colour each. Cells at the right and lower edge may be cut. */
export interface PixelArt {
  /** Pixels; a multiple of 8, as is `height`. */
  width: number;
  height: number;
  /** Edge of a cell in pixels; a multiple of 8, the edge of a JPEG block. */
  cell: number;
  columns: number;
  rows: number;
  /** Palette index of every cell, row by row. */
  cells: Uint8Array;
  /** Four bytes a colour: red, green, blue, alpha. At most 232 colours, what `encodeWebp` can address. */
  palette: Uint8Array;
}

/** What to draw. `cell` is the fineness of the drawing, not of the picture file. */
export interface DrawOptions {
  width: number;
  height: number;
  cell: number;
  /** Makes the gradient behind the creature fully transparent. */
  transparent?: boolean;
}

const BACKGROUND_COLOURS = 128;
const CREATURE_COLOURS = 64;
const EYE = BACKGROUND_COLOURS + CREATURE_COLOURS;
/** Cells of the creature's own grid, both ways. */
const CREATURE_GRID = 14;

/**
 * Draws `prompt`: equal prompts give equal pictures, different prompts different colours and
 * creatures. The same prompt at a larger `cell` is the same picture, coarser.
 */
export function drawPixelArt(prompt: string, options: DrawOptions): PixelArt {
  const { width, height, cell, transparent = false } = options;
  const seed = createHash("sha256").update(prompt).digest();
  const columns = Math.ceil(width / cell);
  const rows = Math.ceil(height / cell);
  const cells = new Uint8Array(columns * rows);
  const angle = (byteOf(seed, 3) / 256) * 2 * Math.PI;
  const [dx, dy] = [Math.cos(angle), Math.sin(angle)];
  const reach = (Math.abs(dx) * width + Math.abs(dy) * height) / 2;
  const creatureEdge = Math.min(width, height) * 0.62;
  for (let row = 0; row < rows; row++) {
    const y = (row + 0.5) * cell - height / 2;
    for (let column = 0; column < columns; column++) {
      const x = (column + 0.5) * cell - width / 2;
      const creature = creatureColour(seed, x / creatureEdge + 0.5, y / creatureEdge + 0.5);
      const shade = ((x * dx + y * dy) / reach + 1) / 2;
      cells[row * columns + column] = creature ??
        Math.min(BACKGROUND_COLOURS - 1, Math.floor(shade * BACKGROUND_COLOURS));
    }
  }
  return { width, height, cell, columns, rows, cells, palette: paletteOf(seed, transparent) };
}

/** The creature's palette index at a point of its unit square, or null beside it. */
function creatureColour(seed: Uint8Array, x: number, y: number): number | null {
  if (x < 0 || x >= 1 || y < 0 || y >= 1) return null;
  const gridX = Math.floor(x * CREATURE_GRID);
  const gridY = Math.floor(y * CREATURE_GRID);
  const half = CREATURE_GRID / 2;
  // Mirrored about the vertical axis: what makes random cells read as a creature.
  const fromAxis = gridX < half ? half - 1 - gridX : gridX - half;
  if (gridY === 5 && fromAxis === 1 + byteOf(seed, 4) % 2) return EYE;
  const bit = fromAxis + gridY * half;
  const noise = byteOf(seed, 8 + (bit % 24)) ^ ((bit * 73) & 0xff);
  const fromCentre = Math.hypot(fromAxis + 0.5, gridY + 0.5 - half) / half;
  if (noise > 255 * (1.25 - fromCentre)) return null;
  return BACKGROUND_COLOURS + Math.floor((gridY / CREATURE_GRID) * CREATURE_COLOURS);
}

function paletteOf(seed: Uint8Array, transparent: boolean): Uint8Array {
  const palette = new Uint8Array((EYE + 1) * 4);
  const hue = byteOf(seed, 0) / 256;
  const drift = 0.08 + byteOf(seed, 1) / 1024;
  const other = hue + 0.4 + byteOf(seed, 2) / 1024;
  for (let i = 0; i < BACKGROUND_COLOURS; i++) {
    const along = i / (BACKGROUND_COLOURS - 1);
    const colour = colourOf(hue + drift * along, 0.65, 0.18 + 0.42 * along);
    palette.set([...colour, transparent ? 0 : 255], i * 4);
  }
  for (let i = 0; i < CREATURE_COLOURS; i++) {
    const along = i / (CREATURE_COLOURS - 1);
    const colour = colourOf(other + drift * along, 0.85, 0.78 - 0.25 * along);
    palette.set([...colour, 255], (BACKGROUND_COLOURS + i) * 4);
  }
  palette.set([16, 16, 24, 255], EYE * 4);
  return palette;
}

/** HSL to 8-bit RGB; `hue` in turns. */
function colourOf(hue: number, saturation: number, lightness: number): [number, number, number] {
  const chroma = saturation * Math.min(lightness, 1 - lightness);
  const channel = (shift: number): number => {
    const k = (shift + hue * 12) % 12;
    return Math.round(255 * (lightness - chroma * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}

function byteOf(seed: Uint8Array, index: number): number {
  return seed[index % seed.length] ?? 0;
}
