/** The ordered list of models. */
import { assertEquals, assertThrows } from "@std/assert";
import { firstUsable, parseModels } from "../../_shared/openai/models.ts";

Deno.test("parseModels keeps the order and trims", () => {
  assertEquals(parseModels(" gpt-image-1.5 ,gpt-image-2.6-flare"), [
    "gpt-image-1.5",
    "gpt-image-2.6-flare",
  ]);
  assertEquals(parseModels("gpt-image-2"), ["gpt-image-2"]);
});

Deno.test("parseModels refuses an empty list and empty names", () => {
  for (const text of ["", " ", "a,,b", "a,", ",a"]) {
    assertThrows(() => parseModels(text), TypeError, `Cannot read the model list "${text}"`);
  }
});

Deno.test("parseModels names the strange entry", () => {
  for (const name of ["gpt image", 'gpt"', "gpt\nimage", "é", "x".repeat(101)]) {
    assertThrows(() => parseModels(`a,${name},b`), TypeError, `its entry 2 is "${name}"`);
  }
});

Deno.test("parseModels refuses a name given twice", () => {
  assertThrows(() => parseModels("a,b, a"), TypeError, '"a" is in it twice');
});

Deno.test("firstUsable gives the first model that is not retired", () => {
  assertEquals(firstUsable(["a", "b", "c"], []), "a");
  assertEquals(firstUsable(["a", "b", "c"], ["a"]), "b");
  assertEquals(firstUsable(["a", "b", "c"], ["b", "a", "z"]), "c");
});

Deno.test("firstUsable gives nothing when every model is retired", () => {
  assertEquals(firstUsable(["a", "b"], ["b", "a"]), undefined);
  assertEquals(firstUsable([], []), undefined);
});
