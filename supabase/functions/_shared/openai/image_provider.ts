/** What the worker may ask of an image provider, and what it gets. */
import type { ImageFormat } from "../images/inspect.ts";
import type { ImageUsage } from "./answer.ts";

/** Dimensions of a picture as the API takes them. */
export type ImageSize = `${number}x${number}`;

/** What a picture is asked for with. */
export interface GenerateOptions {
  model: string;
  prompt: string;
  /** Width and height in pixels, such as `1024x1024`. */
  size: ImageSize;
  quality: "low" | "medium" | "high";
  outputFormat: ImageFormat;
  /** Whom the picture is for; only a hash of it is sent, as `safety_identifier`. */
  userId: string;
  /** Previews to ask for, 0 to 3; with none the request is not a streaming one. @default {0} */
  partialImages?: number | undefined;
  /**
   * Takes each preview, a whole picture of the wanted format. What it throws is ignored, as the
   * picture is paid for whether or not anybody saw it coming.
   */
  onPartial?: ((index: number, bytes: Uint8Array<ArrayBuffer>) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** A picture; its format and size are what the bytes say, whatever was asked for. */
export interface GeneratedImage {
  bytes: Uint8Array<ArrayBuffer>;
  contentType: string;
  /** In pixels, as the height. */
  width: number;
  height: number;
  /** `null` when the provider did not say. */
  usage: ImageUsage | null;
  /** From the request to the last byte, in milliseconds. */
  latencyMs: number;
  model: string;
  /** The provider's name for the request, to quote to its support. */
  providerRequestId: string | null;
}

/** Makes pictures. */
export interface ImageProvider {
  /**
   * Asks for one picture with one request: nothing is ever asked twice, retries are the caller's.
   *
   * @throws What `classifyFailure` tells apart: the library's error for an error answer of the API,
   * a `ProviderError` for everything else.
   */
  generate(options: GenerateOptions): Promise<GeneratedImage>;
}
