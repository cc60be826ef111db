/** Everything the page says, in English; its shape is what every other language must have. */
import type { ErrorCode, GenerationErrorCode } from "@pixelpop/client";
import { plural } from "./plural.ts";

const seconds = (count: number) => plural("en", count, { one: "second", other: "seconds" });
const minutes = (count: number) => plural("en", count, { one: "minute", other: "minutes" });
const credits = (count: number) => plural("en", count, { one: "credit", other: "credits" });

/** English. */
export const en = {
  loading: "Opening PixelPop",
  again: "Try again",
  credits,
  about: (count: number, unit: "seconds" | "minutes") =>
    `about ${unit === "seconds" ? seconds(count) : minutes(count)}`,
  aMoment: "any moment now",

  compose: "New picture",
  prompt: "What should it show?",
  promptHint: "A red fox in the snow, soft morning light",
  promptTooLong: (over: number) =>
    plural("en", over, { one: "character too many", other: "characters too many" }),
  idea: "Suggest an idea",
  ideas: [
    "A lighthouse made of origami paper at dusk",
    "A cosy ramen bar in the rain, seen from across the street",
    "A cat astronaut waters tomatoes on the moon",
    "An isometric tiny library inside a walnut shell",
    "A watercolour map of an island that does not exist",
    "A glass whale swims above a sleeping city",
  ] as readonly string[],
  size: "Shape",
  sizes: { "1024x1024": "Square", "1536x1024": "Wide", "1024x1536": "Tall" },
  quality: "Quality",
  qualities: { low: "Low", medium: "Medium", high: "High" },
  format: "File",
  create: (cost: number) => `Create · ${credits(cost)}`,
  needPrompt: "Write what the picture should show first.",

  now: "In the making",
  fresh: "Just now",
  place: (position: number) => position <= 1 ? "You are next" : `Number ${position} in line`,
  until: (time: string) => `Ready in ${time}`,
  soon: "Ready any moment now",
  processing: "Painting your picture",
  live: "live",
  polling: "checking",
  progress: "Progress",
  preview: "A first impression",
  done: "Your picture is ready",
  doneAway: "Finished while you were away",
  failed: "No picture this time",
  cancelled: "Cancelled",
  refunded: "Your credits are back.",
  cancel: "Cancel",
  dismiss: "Close",
  submitted: (place: string) => `Your prompt is accepted. ${place}.`,

  gallery: "Your pictures",
  galleryEmpty: "Your pictures will gather here.",
  more: "Show more",
  open: (prompt: string) => `Open picture: ${prompt}`,

  picture: "Picture",
  back: "Back",
  save: "Save",
  reuse: "Reuse",
  remove: "Delete",
  removeQuestion: "Delete this picture for good?",
  removed: "The picture is deleted",
  keep: "Keep it",
  pictureLost: "The picture cannot be loaded",
  madeOn: "Made",

  outOfCredits: "You have too few credits left for another picture, even at the lowest quality.",
  offline: "No connection. Trying again…",
  retryIn: (time: string) => `Try again in ${time}.`,
  reference: (id: string) => `If you ask for help, mention ${id}.`,
  outsideTelegram: "Open PixelPop from its bot in Telegram.",

  testBar: "Test mode",
  testUser: "Test user",
  testTheme: "Light or dark",
  testLanguage: "Language",
  newUser: "Someone new",

  errors: {
    invalid_request: "Something in this request is not right. Change the prompt and try again.",
    invalid_init_data:
      "Telegram's sign-in could not be verified. Open PixelPop from its bot again.",
    expired_init_data:
      "Telegram gave an old login. Close PixelPop, restart Telegram and open it again from the bot's chat.",
    invalid_refresh_token: "Your session is over. Close PixelPop and open it again.",
    unauthorized: "You are not signed in any more. Close PixelPop and open it again.",
    insufficient_credits: "Not enough credits for this picture. Choose a lower quality.",
    not_found: "This picture is not there any more.",
    method_not_allowed: "This version of PixelPop is too old. Close it and open it again.",
    already_started: "It is being painted already and cannot be cancelled.",
    idempotency_conflict: "The prompt was changed while it was being sent. Try again.",
    payload_too_large: "This prompt is too long. Make it shorter.",
    rate_limited: "That was quick! A short pause, please.",
    too_many_pending: "You have many pictures in line. Wait until one of them is done.",
    internal: "Something went wrong on our side. Nothing was charged twice; try again.",
    generation_paused: "PixelPop is taking a short break. Nothing was charged.",
    network: "No connection. You can safely try again: nothing is charged twice.",
    bad_answer: "PixelPop cannot be reached properly right now. Try again in a moment.",
    signed_out: "Your session is over. Close PixelPop and open it again.",
  } satisfies Record<ErrorCode, string>,
  failures: {
    moderation_blocked: "The safety rules do not allow this picture. Try another idea.",
    invalid_prompt: "This prompt cannot be painted. Put it in other words.",
    provider_unavailable: "The painter was not available. Try again a little later.",
    provider_timeout: "It took too long to paint. Try again, or choose a lower quality.",
    storage_unavailable: "The picture was painted but could not be kept. Try again.",
    attempts_exhausted: "The painting was interrupted too often. Try again.",
    internal: "Something went wrong on our side. Try again.",
  } satisfies Record<GenerationErrorCode, string>,
};

/** What every language has: the same keys, texts in the place of texts, the same parameters. */
export type Words = typeof en;
