/** Which model is asked, and what it is asked with. */
import { assertEquals } from "@std/assert";
import { abilitiesOf, DEFAULT_MODELS, firstUsable } from "../../_shared/openai/models.ts";

Deno.test("DEFAULT_MODELS begins with a model that stays", () => {
  assertEquals([...DEFAULT_MODELS], ["gpt-image-2.6-flare", "gpt-image-2.5-flare", "gpt-image-2"]);
});

Deno.test("abilitiesOf gives an unknown model what all of them have in common", () => {
  assertEquals(abilitiesOf("gpt-image-9"), abilitiesOf("gpt-image-2"));
  assertEquals(abilitiesOf("gpt-image-2").inputFidelity, false);
  assertEquals(abilitiesOf("gpt-image-1.5").inputFidelity, true);
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
