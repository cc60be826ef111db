/// <reference lib="dom" />
/** The picture before it is there: small tiles that pop up one by one, the same for the same generation. */
import type { Size } from "@pixelpop/client";
import { element } from "./element.ts";

/** A placeholder. */
export interface Placeholder {
  node: HTMLElement;
  /** Shows a part of the tiles, from 0 to 1. */
  show(fraction: number): void;
}

const TILES: Readonly<Record<Size, readonly [columns: number, rows: number]>> = {
  "1024x1024": [10, 10],
  "1536x1024": [12, 8],
  "1024x1536": [8, 12],
};

/** Makes a placeholder; `seed` decides its colours and order. */
export function createPlaceholder(seed: string, size: Size): Placeholder {
  const [columns, rows] = TILES[size];
  const random = randomOf(seed);
  const hue = random() * 360;
  const tiles = Array.from({ length: columns * rows }, (_, index) => {
    const tile = element("i");
    const [x, y] = [(index % columns) / columns, Math.floor(index / columns) / rows];
    // A slope from corner to corner, so that neighbours go together.
    tile.style.setProperty("--hue", String(Math.round(hue + (x + y) * 45 + random() * 24)));
    tile.style.setProperty("--shade", (0.56 + 0.22 * (1 - y) + random() * 0.1).toFixed(3));
    return { tile, order: random() };
  });
  const node = element(
    "div",
    { class: "placeholder", "aria-hidden": "true" },
    ...tiles.map((t) => t.tile),
  );
  node.style.setProperty("--columns", String(columns));
  const ordered = tiles.toSorted((one, other) => one.order - other.order);
  return {
    node,
    show(fraction) {
      const count = Math.round(fraction * ordered.length);
      for (const [index, { tile }] of ordered.entries()) tile.classList.toggle("on", index < count);
    },
  };
}

// FNV-1a into mulberry32: small, and even enough for colours.
function randomOf(seed: string): () => number {
  let state = 2_166_136_261;
  for (const character of seed) {
    state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 16_777_619);
  }
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
