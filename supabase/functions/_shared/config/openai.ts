/** Settings: the image provider. */
import type { EnvironmentReader } from "./read_config.ts";

/** How OpenAI is called. */
export interface OpenAiConfig {
  apiKey: string;
  /** Another endpoint of the same protocol; the library's own default when absent. */
  baseUrl: string | undefined;
  /** Models in the order they are tried; the next one when one is gone. */
  models: readonly string[];
  timeoutSeconds: number;
}

/** Reads `OPENAI_API_KEY`, `OPENAI_BASE_URL`, `OPENAI_IMAGE_MODELS` (a comma list) and `OPENAI_TIMEOUT_SECONDS`. */
export function readOpenAiConfig(env: EnvironmentReader): OpenAiConfig {
  const models = env.text("OPENAI_IMAGE_MODELS", {
    wanted: 'a comma list of different models such as "gpt-image-1.5,gpt-image-2.6-flare"',
    accepts: (value) => isModelList(listOf(value)),
    fallback: "gpt-image-1.5,gpt-image-2.6-flare",
  });
  return {
    apiKey: env.text("OPENAI_API_KEY", {
      wanted: "an OpenAI API key",
      accepts: (value) => /^[\x21-\x7e]+$/.test(value),
      secret: true,
    }),
    baseUrl: env.has("OPENAI_BASE_URL") ? env.url("OPENAI_BASE_URL") : undefined,
    models: Object.freeze(listOf(models)),
    timeoutSeconds: env.integer("OPENAI_TIMEOUT_SECONDS", { min: 1, max: 300, fallback: 120 }),
  };
}

function listOf(text: string): string[] {
  return text.split(",").map((model) => model.trim());
}

function isModelList(models: string[]): boolean {
  return models.every((model) => /^[\w.:-]{1,100}$/.test(model)) &&
    new Set(models).size === models.length;
}
