/** One call to the images API: its own connection, a bounded answer, pictures decoded on arrival. */
import { JsonPictureFilter } from "./json_picture_filter.ts";
import { ProviderError } from "./provider_error.ts";

/** Longest body of an error answer that is read, in bytes; OpenAI's are below 2 KB. */
const MAX_ERROR_BYTES = 64 * 1024;
/** Longest answer without its pictures, in bytes; OpenAI's are below 2 KB, and this part is kept as text. */
const MAX_TEXT_BYTES = 1024 * 1024;

/** What a call is made with. */
export interface ImageCallOptions {
  fetch: typeof fetch;
  /** Longest answer that is read, in bytes of its JSON. */
  maxBytes: number;
}

/**
 * The transport of a single call, to be given to the OpenAI library as its `fetch`.
 *
 * Deno sends a POST again when a reused connection drops, and the second one is billed too. The
 * `connection: close` header alone does not prevent it: measured, a server that leaves the
 * connection open gets its next request on it, and after a drop that request once more. So every
 * call has an HTTP client of its own that keeps no connection.
 */
export class ImageCall {
  /** Whether a request left, so that the picture may have been billed. */
  isSent = false;
  /** Content type of the answer, once its head has arrived. */
  contentType: string | null = null;
  /** The provider's name for the request, to quote to its support. */
  requestId: string | null = null;
  readonly #options: ImageCallOptions;
  readonly #filter = new JsonPictureFilter();
  /** Absent on a runtime without such clients; the header is all there is then. */
  readonly #client: Deno.HttpClient | undefined;

  constructor(options: ImageCallOptions) {
    this.#options = options;
    if (typeof Deno.createHttpClient === "function") {
      this.#client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
    }
  }

  /** Sends the request; the answer's body has placeholders for its pictures. */
  fetch: typeof fetch = async (input, init) => {
    const headers = new Headers(init?.headers);
    headers.set("connection", "close");
    const request: RequestInit & { client?: Deno.HttpClient } = {
      ...init,
      headers,
      // A redirected POST would be a second request.
      redirect: "manual",
      ...(this.#client === undefined ? {} : { client: this.#client }),
    };
    this.isSent = true;
    const response = await this.#options.fetch(input, request);
    this.contentType = response.headers.get("content-type");
    this.requestId = response.headers.get("x-request-id");
    return this.#filterText(response);
  };

  /** The picture behind a placeholder, or `undefined` when `value` is none. */
  takePicture(value: unknown): Uint8Array<ArrayBuffer> | undefined {
    return this.#filter.take(value);
  }

  /** Ends the connection. */
  close(): void {
    this.#client?.close();
  }

  #filterText(response: Response): Response {
    if (response.body === null) return response;
    const maxBytes = response.ok ? this.#options.maxBytes : MAX_ERROR_BYTES;
    let received = 0;
    let text = 0;
    const filter = new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, controller) => {
        received += chunk.length;
        if (received > maxBytes) {
          throw new ProviderError("too_large", `The answer is longer than ${maxBytes} bytes`);
        }
        const kept = this.#filter.filterText(chunk);
        text += kept.length;
        if (text > MAX_TEXT_BYTES) {
          const message = `The answer has more than ${MAX_TEXT_BYTES} bytes beside its picture`;
          throw new ProviderError("too_large", message);
        }
        if (kept.length > 0) controller.enqueue(kept);
      },
    });
    const { status, statusText, headers } = response;
    return new Response(response.body.pipeThrough(filter), { status, statusText, headers });
  }
}
