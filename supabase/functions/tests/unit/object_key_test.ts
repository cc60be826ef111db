/** Where pictures are kept. */
import { assertEquals, assertThrows } from "@std/assert";
import { objectKey, previewKey } from "../../_shared/storage/object_key.ts";

const ID = "0190f3c2-8a51-7c3e-9f00-3a1b2c3d4e5f";

Deno.test("objectKey is made of the generation id and the format alone", () => {
  assertEquals(objectKey(ID, "png"), `generations/${ID}.png`);
  assertEquals(objectKey(ID, "webp"), `generations/${ID}.webp`);
  assertEquals(objectKey(ID, "jpeg"), `generations/${ID}.jpeg`);
});

Deno.test("previewKey numbers the previews of a generation", () => {
  assertEquals(previewKey(ID, 0, "png"), `previews/${ID}/0.png`);
  assertEquals(previewKey(ID, 2, "jpeg"), `previews/${ID}/2.jpeg`);
});

Deno.test("objectKey and previewKey refuse what is no UUID", () => {
  for (const id of ["", "../secrets", `${ID}/..`, ID.toUpperCase(), ` ${ID}`, `${ID}\n`]) {
    assertThrows(() => objectKey(id, "png"), TypeError, "is no lower-case UUID");
    assertThrows(() => previewKey(id, 0, "png"), TypeError, "is no lower-case UUID");
  }
});

Deno.test("previewKey refuses an index that is no count", () => {
  for (const index of [-1, 1.5, NaN, Infinity]) {
    assertThrows(() => previewKey(ID, index, "png"), RangeError, `the index is ${index}`);
  }
});
