/** Checks the body of `POST /v1/images/generations` as OpenAI does, and fills in its defaults. */
import { makeError, OpenAiError } from "./errors.ts";
import type { ModelCatalogue } from "./models.ts";

/** A valid request. */
export interface Generation {
  model: string;
  prompt: string;
  /** `auto` resolved. */
  size: { width: number; height: number };
  quality: "low" | "medium" | "high";
  outputFormat: "png" | "webp" | "jpeg";
  background: "opaque" | "transparent";
  n: number;
  stream: boolean;
  partialImages: number;
  /** `safety_identifier`, or the deprecated `user`. */
  safetyIdentifier: string | null;
}

const MAX_PROMPT = 32_000;
const STANDARD_SIZES = ["1024x1024", "1024x1536", "1536x1024"];
const PARAMETERS = [
  "model",
  "prompt",
  "size",
  "quality",
  "output_format",
  "output_compression",
  "moderation",
  "n",
  "background",
  "stream",
  "partial_images",
  "user",
  "safety_identifier",
];

/**
 * Checks `body`.
 *
 * @throws {OpenAiError} 400 naming the parameter, 404 for an unknown or retired model.
 */
export function parseGeneration(
  body: Record<string, unknown>,
  models: ModelCatalogue,
): Generation {
  for (const name of Object.keys(body)) {
    if (!PARAMETERS.includes(name)) {
      throw invalid(name, "unknown_parameter", `Unknown parameter: '${name}'.`);
    }
  }
  const fields = new Fields(body);
  const model = fields.text("model", { required: true });
  const prompt = fields.text("prompt", { required: true, max: MAX_PROMPT });
  const found = models.find(model);
  if (found === null || found === "retired") throw modelError(model, found);
  const size = fields.text("size") || "auto";
  const quality = fields.choice("quality", ["auto", "low", "medium", "high"]);
  const outputFormat = fields.choice("output_format", ["png", "webp", "jpeg"]);
  const background = fields.choice("background", ["auto", "transparent", "opaque"]);
  fields.choice("moderation", ["auto", "low"]);
  const compression = fields.integer("output_compression", { min: 0, max: 100, fallback: 100 });
  if (compression !== 100 && outputFormat === "png") {
    throw invalid(
      "output_compression",
      "invalid_value",
      "Compression less than 100 is not supported for PNG output format",
    );
  }
  if (background === "transparent" && outputFormat === "jpeg") {
    throw invalid(
      "background",
      "invalid_value",
      "Transparent background is not supported for JPEG output format",
    );
  }
  const stream = fields.flag("stream");
  const partialImages = fields.integer("partial_images", { min: 0, max: 3, fallback: 0 });
  if (partialImages > 0 && !stream) {
    throw invalid(
      "partial_images",
      "invalid_value",
      "The 'partial_images' parameter is only supported when 'stream' is true.",
    );
  }
  return {
    model,
    prompt,
    size: sizeOf(size, found.anySize),
    quality: quality === "auto" ? "medium" : quality,
    outputFormat,
    background: background === "transparent" ? "transparent" : "opaque",
    n: fields.integer("n", { min: 1, max: 10, fallback: 1 }),
    stream,
    partialImages,
    safetyIdentifier: fields.text("safety_identifier") || fields.text("user") || null,
  };
}

/** Why `model` does not answer. */
export function modelError(model: string, found: "retired" | null): OpenAiError {
  const message = found === "retired"
    ? `The model \`${model}\` has been deprecated, learn more here: https://platform.openai.com/docs/deprecations`
    : `The model \`${model}\` does not exist or you do not have access to it.`;
  return makeError({ status: 404, code: "model_not_found", message });
}

function sizeOf(size: string, anySize: boolean): { width: number; height: number } {
  const parts = /^(\d{2,4})x(\d{2,4})$/.exec(size === "auto" ? "1024x1024" : size);
  const [width, height] = [Number(parts?.[1]), Number(parts?.[2])];
  const standard = size === "auto" || STANDARD_SIZES.includes(size);
  const allowed = anySize && width % 16 === 0 && height % 16 === 0 && width <= 3 * height &&
    height <= 3 * width && Math.max(width, height) <= 3840 && Math.min(width, height) <= 2160;
  if (standard || allowed) return { width, height };
  throw invalidChoice("size", size, [...STANDARD_SIZES, "auto"]);
}

function invalid(param: string, code: string, message: string): OpenAiError {
  return new OpenAiError(message, { status: 400, code, param });
}

function invalidChoice(param: string, value: string, choices: readonly string[]): OpenAiError {
  const listed = choices.map((choice) => `'${choice}'`);
  const last = listed.pop();
  return invalid(
    param,
    "invalid_value",
    `Invalid value: '${value}'. Supported values are: ${listed.join(", ")}, and ${last}.`,
  );
}

/** Reads typed fields of a body; null counts as absent, as it does for OpenAI. */
class Fields {
  constructor(readonly body: Record<string, unknown>) {}

  text(name: string, { required = false, max = Infinity } = {}): string {
    const value = this.body[name] ?? undefined;
    if (value === undefined || value === "") {
      if (!required) return "";
      throw invalid(name, "missing_required_parameter", `Missing required parameter: '${name}'.`);
    }
    if (typeof value !== "string") throw this.#wrongType(name, "a string");
    if (value.length <= max) return value;
    throw invalid(
      name,
      "string_above_max_length",
      `Invalid '${name}': string too long. Expected a string with maximum length ${max}, but got a string with length ${value.length} instead.`,
    );
  }

  /** One of `choices`; the first by default. */
  choice<Choice extends string>(name: string, choices: readonly [Choice, ...Choice[]]): Choice {
    const value = this.text(name) || choices[0];
    const found = choices.find((choice) => choice === value);
    if (found === undefined) throw invalidChoice(name, value, choices);
    return found;
  }

  integer(
    name: string,
    { min, max, fallback }: { min: number; max: number; fallback: number },
  ): number {
    const value = this.body[name] ?? fallback;
    if (typeof value !== "number" || !Number.isInteger(value)) {
      throw this.#wrongType(name, "an integer");
    }
    if (value >= min && value <= max) return value;
    const [bound, sign, limit] = value < min ? ["below_min", ">=", min] : ["above_max", "<=", max];
    throw invalid(
      name,
      `integer_${bound}_value`,
      `Invalid '${name}': integer ${
        bound === "below_min" ? "below minimum" : "above maximum"
      } value. Expected a value ${sign} ${limit}, but got ${value} instead.`,
    );
  }

  flag(name: string): boolean {
    const value = this.body[name] ?? false;
    if (typeof value !== "boolean") throw this.#wrongType(name, "a boolean");
    return value;
  }

  #wrongType(name: string, wanted: string): OpenAiError {
    const value = this.body[name];
    const got = Array.isArray(value)
      ? "an array"
      : typeof value === "object"
      ? "an object"
      : `a ${typeof value}`;
    return invalid(
      name,
      "invalid_type",
      `Invalid type for '${name}': expected ${wanted}, but got ${got} instead.`,
    );
  }
}
