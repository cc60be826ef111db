/** What the tests of the image provider share: a request, its answer, a provider on a local upstream. */
import { assertRejects } from "@std/assert";
import {
  createImageProvider,
  type GenerateOptions,
  type ImageProvider,
  type ImageProviderOptions,
} from "../../_shared/openai/images.ts";
import { ProviderError } from "../../_shared/openai/provider_error.ts";

/** Whom the pictures are for. */
export const USER_ID = "0190f3c2-8a51-7c3e-9f00-3a1b2c3d4e5f";
/** The key of the provider under test. */
export const API_KEY = "sk-test-0123456789";
/** Longer than any test should take. */
const PATIENCE_MS = 20_000;

/** A request for the sample picture. */
export const REQUEST: GenerateOptions = {
  model: "gpt-image-1.5",
  prompt: 'A "fox"\nin the snow',
  size: "3x2",
  quality: "low",
  outputFormat: "png",
  userId: USER_ID,
};

/** What the picture costs. */
export const USAGE = { "input_tokens": 10, "output_tokens": 272, "total_tokens": 282 };

/** An answer as OpenAI gives it, with `picture` in base64 and `more` fields. */
export function answerWith(
  picture: string,
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    created: 1_795_435_200,
    background: "opaque",
    data: [{ "b64_json": picture }],
    "output_format": "png",
    quality: "low",
    size: "1024x1024",
    usage: { ...USAGE, "input_tokens_details": { "image_tokens": 0, "text_tokens": 10 } },
    ...more,
  };
}

/** A provider on the upstream at `url`. */
export function providerAt(url: string, more: Partial<ImageProviderOptions> = {}): ImageProvider {
  return createImageProvider({
    apiKey: API_KEY,
    baseUrl: `${url}/v1`,
    fetch: (input, init) => fetch(input, init),
    now: () => 0,
    timeoutMs: timeoutOf(PATIENCE_MS),
    ...more,
  });
}

/** What `generate` throws, as a `ProviderError`. */
export async function failureOf(generating: Promise<unknown>): Promise<ProviderError> {
  return await assertRejects(() => generating, ProviderError);
}

/** A whole HTTP answer that says nothing of closing the connection. */
export function httpAnswer(body: string): string {
  return "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n" +
    `content-length: ${body.length}\r\n\r\n${body}`;
}

/** The same time limit for each quality, in milliseconds. */
export function timeoutOf(ms: number): { low: number; medium: number; high: number } {
  return { low: ms, medium: ms, high: ms };
}
