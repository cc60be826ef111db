/** Settings: the image provider. */
import * as v from "valibot";
import type { Quality } from "../generations/generation.ts";
import { DEFAULT_MODELS } from "../openai/models.ts";
import { baseUrl, commaList, text, wholeNumber } from "./variables.ts";

const MODELS = commaList(
  'a comma list of different models such as "gpt-image-2.6-flare,gpt-image-2"',
  (list) =>
    list.every((model) => /^[\w.:-]{1,100}$/.test(model)) && new Set(list).size === list.length,
);

/** People report 143 to 161 s for high; a lease and the wall clock of a paid instance hold longer. */
const TIMEOUT_SECONDS = { low: 120, medium: 180, high: 300 } as const;

/** `OPENAI_API_KEY`, `OPENAI_BASE_URL`, `OPENAI_IMAGE_MODELS` (a comma list) and `OPENAI_TIMEOUT_SECONDS` (of every quality). */
export const openAiSettings = v.pipe(
  v.object({
    OPENAI_API_KEY: text("an OpenAI API key", /^[\x21-\x7e]+$/),
    OPENAI_BASE_URL: v.optional(baseUrl()),
    OPENAI_IMAGE_MODELS: v.optional(MODELS, DEFAULT_MODELS.join()),
    OPENAI_TIMEOUT_SECONDS: v.optional(wholeNumber(1, 360)),
  }),
  v.transform(({ OPENAI_TIMEOUT_SECONDS: timeoutSeconds, ...values }) => ({
    apiKey: values.OPENAI_API_KEY,
    /** Another endpoint of the same protocol; the library's own default when absent. */
    baseUrl: values.OPENAI_BASE_URL,
    /** Models in the order they are tried; the next one when one is gone. */
    models: values.OPENAI_IMAGE_MODELS,
    /** How long one picture may take, by quality. */
    timeoutSeconds: timeoutOf(timeoutSeconds),
  })),
);

function timeoutOf(seconds: number | undefined): Readonly<Record<Quality, number>> {
  return seconds === undefined ? TIMEOUT_SECONDS : { low: seconds, medium: seconds, high: seconds };
}
