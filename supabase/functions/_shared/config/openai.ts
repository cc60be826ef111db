/** Settings: the image provider. */
import type { EnvironmentReader } from "./read_config.ts";
import type { Quality } from "../generations/generation.ts";
import { DEFAULT_MODELS } from "../openai/models.ts";

/** How OpenAI is called. */
export interface OpenAiConfig {
  apiKey: string;
  /** Another endpoint of the same protocol; the library's own default when absent. */
  baseUrl: string | undefined;
  /** Models in the order they are tried; the next one when one is gone. */
  models: readonly string[];
  /** How long one picture may take, by quality. */
  timeoutSeconds: Readonly<Record<Quality, number>>;
}

/** People report 143 to 161 s for high; a lease and the wall clock of a paid instance hold longer. */
const TIMEOUT_SECONDS = { low: 120, medium: 180, high: 300 } as const;

/** Reads `OPENAI_API_KEY`, `OPENAI_BASE_URL`, `OPENAI_IMAGE_MODELS` (a comma list) and `OPENAI_TIMEOUT_SECONDS` (of every quality). */
export function readOpenAiConfig(env: EnvironmentReader): OpenAiConfig {
  const models = env.text("OPENAI_IMAGE_MODELS", {
    wanted: 'a comma list of different models such as "gpt-image-2.6-flare,gpt-image-2"',
    accepts: (value) => isModelList(listOf(value)),
    fallback: DEFAULT_MODELS.join(),
  });
  const timeoutSeconds = env.has("OPENAI_TIMEOUT_SECONDS")
    ? env.integer("OPENAI_TIMEOUT_SECONDS", { min: 1, max: 360, fallback: 300 })
    : undefined;
  return {
    apiKey: env.text("OPENAI_API_KEY", {
      wanted: "an OpenAI API key",
      accepts: (value) => /^[\x21-\x7e]+$/.test(value),
      secret: true,
    }),
    baseUrl: env.has("OPENAI_BASE_URL") ? env.url("OPENAI_BASE_URL") : undefined,
    models: Object.freeze(listOf(models)),
    timeoutSeconds: timeoutSeconds === undefined
      ? TIMEOUT_SECONDS
      : { low: timeoutSeconds, medium: timeoutSeconds, high: timeoutSeconds },
  };
}

function listOf(text: string): string[] {
  return text.split(",").map((model) => model.trim());
}

function isModelList(models: string[]): boolean {
  return models.every((model) => /^[\w.:-]{1,100}$/.test(model)) &&
    new Set(models).size === models.length;
}
