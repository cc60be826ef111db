/** What the images API answered, read field by field: nothing of it is trusted. */
import { APIError } from "openai";
import { ProviderError } from "./provider_error.ts";

/** Tokens a picture cost. */
export interface ImageUsage {
  "input_tokens": number;
  "output_tokens": number;
  "total_tokens": number;
}

/** The first picture of an answer: `b64Json` is what stood in its base64 field, else there is a URL. */
export interface ImageAnswer {
  b64Json: string | undefined;
  url: string | undefined;
  usage: ImageUsage | null;
}

/**
 * Reads the answer to a plain request.
 *
 * @throws {ProviderError} `malformed`, for anything but an answer with a picture in it.
 */
export function readAnswer(answer: unknown): ImageAnswer {
  if (!isRecord(answer)) {
    throw new ProviderError("malformed", `The answer is ${kindOf(answer)}, wanted a JSON object`);
  }
  if (isRecord(answer.error)) throw errorIn(answer.error);
  const { data } = answer;
  if (!Array.isArray(data) || data.length === 0) {
    throw new ProviderError("malformed", 'The answer has no pictures in its "data"');
  }
  return readPicture(data[0], answer.usage);
}

/**
 * Reads the last event of a stream, which holds the picture itself.
 *
 * @throws {ProviderError} `malformed`, for an event without a picture.
 */
export function readCompletedEvent(event: unknown): ImageAnswer {
  return readPicture(event, isRecord(event) ? event.usage : undefined);
}

function readPicture(picture: unknown, usage: unknown): ImageAnswer {
  const { b64_json: b64Json, url } = isRecord(picture) ? picture : {};
  const answer = {
    b64Json: typeof b64Json === "string" ? b64Json : undefined,
    url: typeof url === "string" && url !== "" ? url : undefined,
    usage: readUsage(usage),
  };
  if (answer.b64Json === undefined && answer.url === undefined) {
    throw new ProviderError("malformed", 'The answer\'s picture has neither "b64_json" nor "url"');
  }
  return answer;
}

/** An error is an error whatever the status it comes with. */
function errorIn(error: Record<string, unknown>): APIError {
  const message = typeof error.message === "string" ? error.message : JSON.stringify(error);
  return new APIError(undefined, error, message, undefined);
}

/** Usage is bookkeeping: a picture is not thrown away for want of it. */
function readUsage(usage: unknown): ImageUsage | null {
  if (!isRecord(usage)) return null;
  const { "input_tokens": input, "output_tokens": output, "total_tokens": total } = usage;
  if (!isCount(input) || !isCount(output) || !isCount(total)) return null;
  return { "input_tokens": input, "output_tokens": output, "total_tokens": total };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value === undefined || value === null || value === "") return "empty";
  return typeof value === "string"
    ? "text"
    : `a JSON ${Array.isArray(value) ? "array" : typeof value}`;
}
