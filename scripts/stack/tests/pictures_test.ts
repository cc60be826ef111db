/** The drawings of the OpenAI stand-in and their files. */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { inflateSync } from "node:zlib";
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { drawPixelArt, type PixelArt } from "../openai/pictures/pixel_art.ts";
import { encodeJpeg } from "../openai/pictures/jpeg.ts";
import { encodePng } from "../openai/pictures/png.ts";
import { encodeWebp } from "../openai/pictures/webp.ts";
import { describePicture } from "./picture_dimensions.ts";

const SQUARE = { width: 1024, height: 1024, cell: 16 };

/** Palette indexes of every pixel, by undoing the PNG's deflate and filters. */
function pixelsOfPng(png: Uint8Array): Uint8Array {
  const file = Buffer.from(png);
  const [width, height] = [file.readUInt32BE(16), file.readUInt32BE(20)];
  const start = file.indexOf("IDAT") + 4;
  const raw = inflateSync(file.subarray(start, start + file.readUInt32BE(start - 8)));
  assertEquals(raw.length, (width + 1) * height);
  const pixels = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (width + 1)] ?? 0;
    for (let x = 0; x < width; x++) {
      const above = filter === 2 ? pixels[(y - 1) * width + x] ?? 0 : 0;
      pixels[y * width + x] = ((raw[y * (width + 1) + 1 + x] ?? 0) + above) & 0xff;
    }
  }
  return pixels;
}

function pixelsOf({ width, height, cell, columns, cells }: PixelArt): Uint8Array {
  return Uint8Array.from({ length: width * height }, (_, pixel) => {
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    return cells[Math.floor(y / cell) * columns + Math.floor(x / cell)] ?? 0;
  });
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex").slice(0, 16);
}

Deno.test("drawPixelArt() draws the same for the same prompt, another picture for another", () => {
  assertEquals(drawPixelArt("a fox", SQUARE), drawPixelArt("a fox", SQUARE));
  const [fox, owl] = [drawPixelArt("a fox", SQUARE), drawPixelArt("an owl", SQUARE)];
  assertNotEquals(fox.palette, owl.palette);
  const differing = fox.cells.filter((index, at) => index !== owl.cells[at]).length;
  assert(differing > fox.cells.length / 10, `only ${differing} cells differ`);
});

Deno.test("drawPixelArt() stays within what every encoder can address", () => {
  for (let i = 0; i < 50; i++) {
    const { cells, palette } = drawPixelArt(`prompt ${i}`, { ...SQUARE, width: 1552 });
    assert(palette.length / 4 <= 232);
    assert(Math.max(...cells) < palette.length / 4);
  }
});

Deno.test("encodePng() writes exactly the pixels drawn", () => {
  for (const cell of [8, 16, 32]) {
    const art = drawPixelArt("a fox", { width: 1552, height: 880, cell });
    const png = encodePng(art, "req_1");
    assertEquals(describePicture(png), "png 1552x880");
    assertEquals(pixelsOfPng(png), pixelsOf(art));
  }
});

Deno.test("every encoder writes a whole file of the size drawn, with its comment", () => {
  const sizes = [[1024, 1024], [1536, 1024], [1024, 1536], [512, 512], [2160, 3840]] as const;
  for (const [width, height] of sizes) {
    for (const transparent of [false, true]) {
      const art = drawPixelArt("a fox", { width, height, cell: 32, transparent });
      const encoders = { png: encodePng, webp: encodeWebp, jpeg: encodeJpeg };
      for (const [format, encode] of Object.entries(encoders)) {
        const file = encode(art, "req_4711");
        assertEquals(describePicture(file), `${format} ${width}x${height}`);
        assert(Buffer.from(file).includes("req_4711"));
      }
    }
  }
});

// The bytes of these were decoded by libwebp 1.6 and libjpeg (mozjpeg) and compared with the
// drawing pixel by pixel. After a change of an encoder, do so again before giving the new hash.
Deno.test("encodeWebp() writes the bytes that libwebp was seen to decode exactly", () => {
  const art = drawPixelArt("a red fox in snow", SQUARE);
  assertEquals(sha256(encodeWebp(art, "req_1")), "370d5aaa238d0f63");
  const transparent = drawPixelArt("ocean", {
    width: 1536,
    height: 1024,
    cell: 8,
    transparent: true,
  });
  assertEquals(sha256(encodeWebp(transparent, "req_1")), "f4780d210b1a79b4");
});

Deno.test("encodeJpeg() writes the bytes that libjpeg was seen to decode exactly", () => {
  const art = drawPixelArt("a red fox in snow", SQUARE);
  assertEquals(sha256(encodeJpeg(art, "req_1")), "fe6c6513a6e5e2e9");
  const wide = drawPixelArt("city at night", { width: 1536, height: 1024, cell: 8 });
  assertEquals(sha256(encodeJpeg(wide, "req_1")), "2c9e730fb1dea3b3");
});
