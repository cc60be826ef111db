/** Asks OpenAI for one picture, once, and gives its bytes if they are a picture. */
import { encodeHex } from "@std/encoding/hex";
import OpenAI from "openai";
import { startDeadline } from "../concurrency/deadline.ts";
import { contentTypeOf, inspectImage } from "../images/inspect.ts";
import { type ImageAnswer, readAnswer, readCompletedEvent } from "./answer.ts";
import { explainError } from "./explain_error.ts";
import { ImageCall } from "./image_call.ts";
import type { GeneratedImage, GenerateOptions, ImageProvider } from "./image_provider.ts";
import { abilitiesOf } from "./models.ts";
import { downloadPicture } from "./picture_download.ts";
import { ProviderError } from "./provider_error.ts";
import { createHostResolver, type ResolveHost } from "./resolve_host.ts";

export type { GeneratedImage, GenerateOptions, ImageProvider };

const OPENAI_BASE_URL = "https://api.openai.com/v1";
const MIB = 1024 * 1024;

/** How the provider is reached. */
export interface ImageProviderOptions {
  apiKey: string;
  /** @default {"https://api.openai.com/v1"} */
  baseUrl?: string | undefined;
  fetch: typeof fetch;
  /** Milliseconds since the epoch, for the latency. */
  now: () => number;
  /** Time for one picture by quality, in milliseconds, download included. */
  timeoutMs: Readonly<Record<GenerateOptions["quality"], number>>;
  /** Longest answer read, in bytes of JSON. @default {67108864} */
  maxAnswerBytes?: number;
  /** Longest picture downloaded from a URL, in bytes. @default {33554432} */
  maxPictureBytes?: number;
  /** Looks up the host of a picture's URL. @default The runtime's resolver, if it has one. */
  resolveHost?: ResolveHost | undefined;
}

type Settings = Required<ImageProviderOptions> & { baseUrl: string };

/** Makes an image provider on OpenAI's images API, or on an endpoint that speaks it. */
export function createImageProvider(options: ImageProviderOptions): ImageProvider {
  const settings: Settings = {
    maxAnswerBytes: 64 * MIB,
    maxPictureBytes: 32 * MIB,
    ...options,
    baseUrl: options.baseUrl ?? OPENAI_BASE_URL,
    resolveHost: options.resolveHost ?? createHostResolver(),
  };
  return { generate: (request) => generate(settings, request) };
}

async function generate(settings: Settings, request: GenerateOptions): Promise<GeneratedImage> {
  const { model } = request;
  const timeoutMs = settings.timeoutMs[request.quality];
  const started = settings.now();
  const deadline = startDeadline(timeoutMs, request.signal);
  const call = new ImageCall({ fetch: settings.fetch, maxBytes: settings.maxAnswerBytes });
  try {
    const answer = await ask({ settings, request, call, signal: deadline.signal });
    const bytes = await bytesOf(answer, { settings, call, signal: deadline.signal });
    // Whatever was asked for: a picture that can be read is paid for, and kept.
    const { format, width, height } = inspectImage(bytes);
    return {
      bytes,
      contentType: contentTypeOf(format),
      width,
      height,
      usage: answer.usage,
      latencyMs: settings.now() - started,
      model,
      providerRequestId: call.requestId,
    };
  } catch (error) {
    const failure = explainError(error, { ended: deadline.ended, call, timeoutMs });
    if (failure instanceof ProviderError) failure.requestId = call.requestId;
    throw failure;
  } finally {
    deadline.clear();
    call.close();
  }
}

interface Asking {
  settings: Settings;
  request: GenerateOptions;
  call: ImageCall;
  signal: AbortSignal;
}

async function ask(asking: Asking): Promise<ImageAnswer> {
  const { settings, request, call, signal } = asking;
  const { images } = createClient(settings, call, request);
  const abilities = abilitiesOf(request.model);
  const body = {
    model: request.model,
    prompt: request.prompt,
    size: request.size,
    quality: request.quality,
    "output_format": request.outputFormat,
    ...(abilities.safetyIdentifier
      ? { "safety_identifier": await safetyIdentifierOf(request.userId) }
      : {}),
  };
  const partialImages = abilities.streams ? request.partialImages ?? 0 : 0;
  if (partialImages === 0) return readAnswer(await images.generate(body, { signal }));
  const streaming = { ...body, stream: true, "partial_images": partialImages } as const;
  return await readStream(await images.generate(streaming, { signal }), asking);
}

/**
 * One client a call, as its transport is for one call. What the library would take from the
 * environment is set here, or set to nothing.
 */
function createClient(
  { apiKey, baseUrl, timeoutMs }: Settings,
  call: ImageCall,
  { quality }: GenerateOptions,
): OpenAI {
  return new OpenAI({
    apiKey,
    baseURL: baseUrl,
    fetch: call.fetch,
    timeout: timeoutMs[quality],
    maxRetries: 0,
    logLevel: "off",
    organization: null,
    project: null,
    adminAPIKey: null,
    webhookSecret: null,
  });
}

async function readStream(
  stream: AsyncIterable<OpenAI.Images.ImageGenStreamEvent>,
  { call, request }: Asking,
): Promise<ImageAnswer> {
  for await (const event of stream) {
    if (event.type === "image_generation.completed") return readCompletedEvent(event);
    if (event.type === "image_generation.partial_image") {
      const preview = call.takePicture(event.b64_json);
      if (preview !== undefined) showPreview(preview, event.partial_image_index, request);
    }
  }
  if (call.contentType?.startsWith("text/event-stream")) {
    throw new ProviderError("dropped", "The stream ended before the picture");
  }
  throw new ProviderError(
    "malformed",
    `The answer to a streaming request is "${call.contentType}", wanted "text/event-stream": ` +
      "the endpoint cannot stream, set partial_images to 0",
  );
}

function showPreview(
  preview: Uint8Array<ArrayBuffer>,
  index: number,
  { outputFormat, onPartial }: GenerateOptions,
): void {
  if (!Number.isSafeInteger(index) || index < 0) return;
  try {
    if (inspectImage(preview).format === outputFormat) onPartial?.(index, preview);
  } catch {
    // A preview is worth less than the picture that is being paid for.
  }
}

async function bytesOf(
  { b64Json, url }: ImageAnswer,
  { settings, call, signal }: Pick<Asking, "settings" | "call" | "signal">,
): Promise<Uint8Array<ArrayBuffer>> {
  const picture = call.takePicture(b64Json);
  if (picture !== undefined) return picture;
  if (url === undefined) throw new ProviderError("malformed", "The answer's picture is not base64");
  const { fetch, baseUrl, maxPictureBytes: maxBytes, resolveHost } = settings;
  return await downloadPicture(url, { fetch, baseUrl, maxBytes, signal, resolveHost });
}

/** The provider learns that two pictures are of one user, not of which. */
async function safetyIdentifierOf(userId: string): Promise<string> {
  return encodeHex(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(userId)));
}
