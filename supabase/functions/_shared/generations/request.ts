/** What POST /generation takes. */
import { encodeHex } from "@std/encoding/hex";
import * as v from "valibot";
import { OUTPUT_FORMATS, QUALITIES, SIZES } from "./generation.ts";
import { isVisible } from "./visible_text.ts";

/** Longest prompt, in characters (Unicode code points) after trimming. */
const MAX_PROMPT_LENGTH = 4_000;

const PROMPT = v.pipe(
  v.string(),
  v.trim(),
  v.check(
    (text) => text !== "" && lengthOf(text) <= MAX_PROMPT_LENGTH,
    ({ input }) => `has ${lengthOf(input)} characters: wanted 1 to ${MAX_PROMPT_LENGTH}`,
  ),
  // Neither can be stored as UTF-8 text.
  v.check((text) => !text.includes("\0"), "contains a NUL character"),
  v.check((text) => text.isWellFormed(), "contains half of a surrogate pair"),
  v.check(isVisible, "has no visible character: wanted at least one"),
  v.metadata({
    description:
      "What to draw; counted in characters after trimming, at least one of them visible.",
    minLength: 1,
    maxLength: MAX_PROMPT_LENGTH,
  }),
);

/** The body of POST /generation, with its defaults. */
export const SUBMISSION = v.strictObject({
  prompt: PROMPT,
  size: v.optional(v.picklist(SIZES), "1024x1024"),
  quality: v.optional(v.picklist(QUALITIES), "medium"),
  output_format: v.optional(v.picklist(OUTPUT_FORMATS), "png"),
});

/** What a client asks for, with the defaults filled in. */
export type GenerationRequest = v.InferOutput<typeof SUBMISSION>;

/** SHA-256 of a request, in hex: two bodies that mean the same hash the same. */
export async function hashGenerationRequest(request: GenerationRequest): Promise<string> {
  const canonical = JSON.stringify([
    request.prompt,
    request.size,
    request.quality,
    request.output_format,
  ]);
  return encodeHex(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(canonical)));
}

function lengthOf(text: string): number {
  return [...text].length;
}
