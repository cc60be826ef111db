/** What passes for a picture and what does not. */
import { assertEquals, assertThrows } from "@std/assert";
import { ImageError, inspectImage } from "../../_shared/images/inspect.ts";
import { type SampleName, samplePicture } from "./sample_pictures.ts";

const SIZE = { width: 3, height: 2 };

const SAMPLES: [SampleName, "png" | "jpeg" | "webp"][] = [
  ["png", "png"],
  ["jpeg", "jpeg"],
  ["jpegProgressive", "jpeg"],
  ["webpLossy", "webp"],
  ["webpLossless", "webp"],
  ["webpExtended", "webp"],
];

for (const [name, format] of SAMPLES) {
  Deno.test(`inspectImage reads format and dimensions of ${name}`, () => {
    assertEquals(inspectImage(samplePicture(name)), { format, ...SIZE });
  });

  Deno.test(`inspectImage refuses ${name} cut at any byte`, () => {
    const whole = samplePicture(name);
    for (let length = 0; length < whole.length; length++) {
      assertThrows(() => inspectImage(whole.subarray(0, length)), ImageError);
    }
  });

  Deno.test(`inspectImage reads ${name} from the middle of a larger buffer`, () => {
    const whole = samplePicture(name);
    const buffer = new Uint8Array(whole.length + 20);
    buffer.set(whole, 7);
    assertEquals(inspectImage(buffer.subarray(7, 7 + whole.length)), { format, ...SIZE });
  });

  Deno.test(`inspectImage throws nothing but ImageError for ${name} with any byte changed`, () => {
    for (const change of [0x00, 0x7f, 0xff]) {
      const whole = samplePicture(name);
      for (let index = 0; index < whole.length; index++) {
        const changed = Uint8Array.from(whole);
        changed[index] = change;
        try {
          inspectImage(changed);
        } catch (error) {
          assertEquals(error instanceof ImageError, true, String(error));
        }
      }
    }
  });
}

/** Refuses a sample after `change`, with a message that holds `message`. */
function assertRefused(
  name: SampleName,
  message: string,
  change: (bytes: Uint8Array<ArrayBuffer>, view: DataView) => Uint8Array | void,
): void {
  const bytes = samplePicture(name);
  const changed = change(bytes, new DataView(bytes.buffer)) ?? bytes;
  assertThrows(() => inspectImage(changed), ImageError, message);
}

Deno.test("inspectImage refuses bytes that are no picture", () => {
  const encode = (text: string) => new TextEncoder().encode(text);
  assertThrows(() => inspectImage(new Uint8Array()), ImageError, "it has no bytes");
  for (const bytes of [encode("<html>Bad gateway</html>"), encode("RIFF"), samplePicture("gif")]) {
    assertThrows(() => inspectImage(bytes), ImageError, "are no PNG, WebP or JPEG");
  }
  const wave = encode("RIFF\x24\x00\x00\x00WAVEfmt ");
  assertThrows(() => inspectImage(wave), ImageError, "are no PNG, WebP or JPEG");
});

Deno.test("inspectImage refuses a PNG whose header was changed without its checksum", () => {
  assertRefused("png", "checksum of its header", (_bytes, view) => view.setUint32(16, 1024));
});

Deno.test("inspectImage refuses a PNG without width", () => {
  assertRefused("png", "its dimensions are 0x2", (_bytes, view) => {
    view.setUint32(16, 0);
    // The checksum of the changed header, from another implementation.
    view.setUint32(29, 0xf9214a4e);
  });
});

Deno.test("inspectImage reads a PNG with bytes after its end, as decoders do", () => {
  assertEquals(inspectImage(Uint8Array.of(...samplePicture("png"), 0, 1)), {
    format: "png",
    ...SIZE,
  });
});

Deno.test("inspectImage refuses a PNG without image data", () => {
  assertRefused("png", "no image data", (bytes) => {
    const text = new TextDecoder("latin1").decode(bytes);
    bytes.set(new TextEncoder().encode("tEXt"), text.indexOf("IDAT"));
  });
});

Deno.test("inspectImage refuses a JPEG without frame header", () => {
  assertRefused("jpeg", "no frame header", (bytes) => {
    // SOF0 becomes a comment.
    bytes[findMarker(bytes, 0xc0) + 1] = 0xfe;
  });
});

Deno.test("inspectImage refuses a JPEG whose height is not in its frame header", () => {
  assertRefused("jpeg", "its dimensions are 3x0", (bytes, view) => {
    view.setUint16(findMarker(bytes, 0xc0) + 5, 0);
  });
});

Deno.test("inspectImage refuses a JPEG with bytes after its end marker", () => {
  assertRefused("jpeg", "ends before its end marker", (bytes) => Uint8Array.of(...bytes, 0));
});

Deno.test("inspectImage refuses a JPEG whose segments do not follow one another", () => {
  assertRefused("jpeg", "does not begin with a marker", (_bytes, view) => view.setUint16(4, 66));
});

Deno.test("inspectImage reads a JPEG with fill bytes before a marker", () => {
  const bytes = samplePicture("jpeg");
  const filled = Uint8Array.of(...bytes.subarray(0, 2), 0xff, 0xff, ...bytes.subarray(2));
  assertEquals(inspectImage(filled), { format: "jpeg", ...SIZE });
});

Deno.test("inspectImage refuses a WebP that is longer or shorter than it says", () => {
  for (const name of ["webpLossy", "webpLossless", "webpExtended"] as const) {
    assertRefused(name, "not as long", (bytes) => Uint8Array.of(...bytes, 0));
    assertRefused(name, "not as long", (_bytes, view) => view.setUint32(4, 5, true));
  }
});

Deno.test("inspectImage refuses an animated WebP", () => {
  assertRefused("webpExtended", "an animation", (bytes) => void (bytes[20] = 0x12));
});

Deno.test("inspectImage refuses a WebP whose picture does not fill its canvas", () => {
  assertRefused("webpExtended", "3x2 on a canvas of 1024x2", (_bytes, view) => {
    view.setUint16(24, 1023, true);
  });
});

Deno.test("inspectImage refuses a WebP whose lossy picture is no key frame", () => {
  assertRefused("webpLossy", "no key frame", (bytes) => void (bytes[20] = 0xd1));
  assertRefused("webpLossy", "no key frame", (bytes) => void (bytes[23] = 0));
});

Deno.test("inspectImage refuses a WebP whose lossless picture has no signature", () => {
  assertRefused("webpLossless", "has no header", (bytes) => void (bytes[20] = 0));
});

Deno.test("inspectImage refuses a WebP without a picture", () => {
  assertRefused("webpLossy", "no whole picture", (bytes) => void (bytes[15] = 0x58));
});

/** Where the marker `code` begins. */
function findMarker(bytes: Uint8Array, code: number): number {
  return bytes.findIndex((byte, index) => byte === 0xff && bytes[index + 1] === code);
}
