/** Validates the body of POST /generation. */
import { encodeHex } from "@std/encoding/hex";
import { AppError } from "../http/errors.ts";
import { isVisible } from "./visible_text.ts";
import { type GenerationRequest, OUTPUT_FORMATS, QUALITIES, SIZES } from "./generation.ts";

/** Longest prompt, in characters (Unicode code points) after trimming. */
export const MAX_PROMPT_LENGTH = 4_000;

/** Fields a body may have. */
export const REQUEST_FIELDS = ["prompt", "size", "quality", "output_format"] as const;

/**
 * Gives the request a body asks for, with the defaults filled in.
 *
 * @throws {AppError} `invalid_request`, naming the field, its value and what is wanted.
 */
export function parseGenerationRequest(
  body: Partial<Record<(typeof REQUEST_FIELDS)[number], unknown>>,
): GenerationRequest {
  return {
    prompt: parsePrompt(body.prompt),
    size: parseChoice(body, { field: "size", choices: SIZES, fallback: "1024x1024" }),
    quality: parseChoice(body, { field: "quality", choices: QUALITIES, fallback: "medium" }),
    output_format: parseChoice(body, {
      field: "output_format",
      choices: OUTPUT_FORMATS,
      fallback: "png",
    }),
  };
}

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

function parsePrompt(value: unknown): string {
  if (typeof value !== "string") {
    throw invalid(`"prompt" is ${describe(value)}: wanted a text`);
  }
  const prompt = value.trim();
  const length = [...prompt].length;
  if (length < 1 || length > MAX_PROMPT_LENGTH) {
    throw invalid(`"prompt" has ${length} characters: wanted 1 to ${MAX_PROMPT_LENGTH}`);
  }
  // Neither can be stored as UTF-8 text.
  if (prompt.includes("\0")) throw invalid('"prompt" contains a NUL character');
  if (!prompt.isWellFormed()) throw invalid('"prompt" contains half of a surrogate pair');
  if (!isVisible(prompt)) throw invalid('"prompt" has no visible character: wanted at least one');
  return prompt;
}

function parseChoice<Choice extends string>(
  body: Record<string, unknown>,
  options: { field: string; choices: readonly Choice[]; fallback: NoInfer<Choice> },
): Choice {
  const { field, choices, fallback } = options;
  const value = body[field];
  if (value === undefined) return fallback;
  const chosen = choices.find((choice) => choice === value);
  if (chosen !== undefined) return chosen;
  const wanted = choices.map((choice) => `"${choice}"`).join(", ");
  throw invalid(`"${field}" is ${describe(value)}: wanted one of ${wanted}`);
}

function describe(value: unknown): string {
  if (value === undefined) return "missing";
  if (typeof value === "string") return JSON.stringify(value.slice(0, 40));
  if (value === null) return "null";
  return Array.isArray(value) ? "an array" : `of type ${typeof value}`;
}

function invalid(message: string): AppError {
  return new AppError("invalid_request", `Cannot accept the request: ${message}`);
}
