/** The vocabulary of a generation, as SQL, the functions and the contract share it. */

/** Sizes on offer, width x height in pixels. */
export const SIZES = ["1024x1024", "1536x1024", "1024x1536"] as const;
export type Size = (typeof SIZES)[number];

/** Qualities on offer; the price of each is a row of public.prices. */
export const QUALITIES = ["low", "medium", "high"] as const;
export type Quality = (typeof QUALITIES)[number];

/** Formats a picture may be delivered in. */
export const OUTPUT_FORMATS = ["png", "webp", "jpeg"] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** Where a generation may stand; the last three are final. */
export const STATUSES = ["PENDING", "PROCESSING", "COMPLETED", "FAILED", "CANCELLED"] as const;

/** Why a generation FAILED, in words for the person who asked for it. */
export const GENERATION_ERROR_MESSAGE = {
  moderation_blocked: "The provider's safety rules do not allow this image",
  invalid_prompt: "The provider cannot draw this request: change the prompt",
  provider_unavailable: "The image provider did not serve the request in time",
  provider_timeout: "The image provider took too long",
  storage_unavailable: "The picture could not be stored",
  attempts_exhausted: "The generation was interrupted too often",
  internal: "The generation failed for a reason on our side",
} as const;

/** Why a generation FAILED. */
export type GenerationErrorCode = keyof typeof GENERATION_ERROR_MESSAGE;

/** Every reason why a generation FAILED. */
export const GENERATION_ERROR_CODES = Object.keys(
  GENERATION_ERROR_MESSAGE,
) as readonly GenerationErrorCode[];
