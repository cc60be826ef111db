import { assert, assertEquals, assertThrows } from "@std/assert";
import { encode } from "fast-png";
import { decode } from "jpeg-js";
import { ImageError, inspectImage } from "../../_shared/images/inspect.ts";
import { shrinkPng } from "../../_shared/images/shrink_png.ts";
import { samplePicture } from "./sample_pictures.ts";

/** A PNG of one colour, given as its channels: grey, grey and alpha, RGB or RGBA. */
function plainPng(width: number, height: number, colour: number[]): Uint8Array {
  const data = Uint8Array.from(
    { length: width * height * colour.length },
    (_, index) => colour[index % colour.length] as number,
  );
  return encode({ width, height, data, channels: colour.length, depth: 8 });
}

/** The colour of a JPEG's first pixel. */
function firstPixel(jpeg: Uint8Array): number[] {
  return [...decode(jpeg, { useTArray: true }).data.subarray(0, 3)];
}

function assertNear(current: number[], wanted: number[]): void {
  const far = current.some((value, index) => Math.abs(value - (wanted[index] as number)) > 3);
  assert(!far, `${current} is not near ${wanted}`);
}

Deno.test("shrinkPng gives a JPEG whose longest edge fits, with the proportions kept", () => {
  for (
    const [[fromWidth, fromHeight], [width, height]] of [
      [[1024, 1024], [512, 512]],
      [[1536, 1024], [512, 341]],
      [[1024, 1536], [341, 512]],
      [[512, 512], [512, 512]],
      [[513, 1], [256, 1]],
    ] as const
  ) {
    const jpeg = shrinkPng(plainPng(fromWidth, fromHeight, [200, 100, 50]), { maxEdge: 512 });
    assertEquals(inspectImage(jpeg), { format: "jpeg", width, height });
  }
});

Deno.test("shrinkPng keeps colours of every kind of PNG; what is transparent becomes white", () => {
  const colours: [given: number[], wanted: number[]][] = [
    [[90], [90, 90, 90]],
    [[0, 255], [0, 0, 0]],
    [[0, 0], [255, 255, 255]],
    [[200, 100, 50], [200, 100, 50]],
    [[200, 100, 50, 255], [200, 100, 50]],
    [[200, 100, 50, 0], [255, 255, 255]],
    [[0, 0, 0, 128], [127, 127, 127]],
  ];
  for (const [given, wanted] of colours) {
    assertNear(firstPixel(shrinkPng(plainPng(32, 32, given), { maxEdge: 16 })), wanted);
  }
});

Deno.test("shrinkPng takes the mean of the pixels it makes one", () => {
  const data = Uint8Array.from(
    { length: 32 * 32 * 3 },
    (_, index) => Math.floor(index / 3) % 2 * 255,
  );
  const stripes = encode({ width: 32, height: 32, data, channels: 3, depth: 8 });
  assertNear(firstPixel(shrinkPng(stripes, { maxEdge: 16 })), [127, 127, 127]);
});

Deno.test("shrinkPng refuses what is no PNG, is cut, is too large or has 16 bits a sample", () => {
  const good = plainPng(8, 8, [1, 2, 3]);
  const spoilt = good.slice();
  spoilt.fill(0xff, good.length - 30, good.length - 18);
  const deep = encode({ width: 2, height: 2, data: new Uint16Array(12), channels: 3, depth: 16 });
  const bad = [
    new Uint8Array(),
    samplePicture("jpeg"),
    good.subarray(0, good.length - 1),
    spoilt,
    plainPng(4_097, 1, [0]),
    deep,
  ];
  for (const bytes of bad) assertThrows(() => shrinkPng(bytes, { maxEdge: 512 }), ImageError);
});
