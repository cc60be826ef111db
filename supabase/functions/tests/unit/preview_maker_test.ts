import { assertEquals } from "@std/assert";
import { inspectImage } from "../../_shared/images/inspect.ts";
import { createPreviewMaker } from "../../worker/preview_maker.ts";
import { samplePicture } from "./sample_pictures.ts";

/** A maker by whose clock each picture takes as long as told. */
function createMaker(millisecondsEach: number) {
  let now = 0;
  const warnings: string[] = [];
  const maker = createPreviewMaker({
    runtime: { now: () => now += millisecondsEach },
    log: { warn: (event) => void warnings.push(event) },
  });
  return { maker, warnings };
}

Deno.test("PreviewMaker makes a PNG a JPEG, and leaves the other formats as they come", async () => {
  const { maker } = createMaker(1);
  const made = await maker.make(samplePicture("png"), "png");
  assertEquals(made?.format, "jpeg");
  assertEquals(made && inspectImage(made.bytes).format, "jpeg");
  for (const [name, format] of [["jpeg", "jpeg"], ["webpLossy", "webp"]] as const) {
    const bytes = samplePicture(name);
    assertEquals(await maker.make(bytes, format), { bytes, format });
  }
});

Deno.test("PreviewMaker makes none once a ring's processor time is spent, and again after the next ring", async () => {
  const { maker, warnings } = createMaker(350);
  const make = async () => (await maker.make(samplePicture("png"), "png"))?.format;
  assertEquals([await make(), await make(), await make()], ["jpeg", "jpeg", undefined]);
  const bytes = samplePicture("jpeg");
  assertEquals(await maker.make(bytes, "jpeg"), { bytes, format: "jpeg" });
  maker.renew();
  assertEquals(await make(), "jpeg");
  assertEquals(warnings, []);
});

Deno.test("PreviewMaker warns of what cannot be shrunk, and makes none of it", async () => {
  const { maker, warnings } = createMaker(1);
  assertEquals(await maker.make(samplePicture("png").subarray(0, 40), "png"), undefined);
  assertEquals(warnings, ["preview_failed"]);
});
