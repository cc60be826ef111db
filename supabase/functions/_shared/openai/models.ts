/** The image models: in which order they are tried, and what each of them knows. */

/** Tried in this order where `OPENAI_IMAGE_MODELS` names no others. */
export const DEFAULT_MODELS = [
  "gpt-image-2.6-flare",
  "gpt-image-2.5-flare",
  "gpt-image-2",
] as const;

/** The first of `models` that is not among `retired`, or `undefined` when none is left. */
export function firstUsable(
  models: readonly string[],
  retired: readonly string[],
): string | undefined {
  return models.find((model) => !retired.includes(model));
}

/** What a model can do beside the common parameters (size, quality, output_format). */
export interface ModelAbilities {
  /** Takes `stream` and `partial_images`. */
  streams: boolean;
  /** Takes `safety_identifier`. */
  safetyIdentifier: boolean;
  /** Takes `input_fidelity`; later models are always faithful to their inputs. */
  inputFidelity: boolean;
}

const COMMON: ModelAbilities = { streams: true, safetyIdentifier: true, inputFidelity: false };

/**
 * What is known of each model: a parameter that a model does not know is left out of its requests.
 * Source: https://platform.openai.com/docs/api-reference/images, November 2026.
 */
const ABILITIES: Readonly<Record<string, ModelAbilities>> = {
  "gpt-image-1": { ...COMMON, inputFidelity: true },
  "gpt-image-1.5": { ...COMMON, inputFidelity: true },
  "gpt-image-2": COMMON,
  "gpt-image-2.5-flare": COMMON,
  "gpt-image-2.5-sunburst": COMMON,
  "gpt-image-2.6-flare": COMMON,
  "gpt-image-2.6-sunburst": COMMON,
};

/** What `model` can do; an unknown one gets what all of them have in common. */
export function abilitiesOf(model: string): ModelAbilities {
  return ABILITIES[model] ?? COMMON;
}
