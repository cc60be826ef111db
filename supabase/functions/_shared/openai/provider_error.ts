/** How a call to the image provider fails when no error answer of its API says why. */

/**
 * What went wrong.
 *
 * - `timeout`: no whole answer within the time limit
 * - `cancelled`: the caller's signal was aborted
 * - `unreachable`: no connection was made, so nothing was asked
 * - `dropped`: the connection or the stream broke off
 * - `malformed`: the answer is not what the API documents
 * - `too_large`: the answer or the download exceeds its limit
 * - `bad_download`: the picture's URL was refused or could not be downloaded
 * - `bad_image`: the bytes are not the picture that was asked for
 */
export type ProviderErrorReason =
  | "timeout"
  | "cancelled"
  | "unreachable"
  | "dropped"
  | "malformed"
  | "too_large"
  | "bad_download"
  | "bad_image";

/** A call to the image provider that brought no usable picture. */
export class ProviderError extends Error {
  override name = "ProviderError";
  /** Whether the provider may have drawn, and billed, the picture all the same. */
  readonly ambiguous: boolean;
  /** The provider's name for the call, once the head of its answer has arrived. */
  requestId: string | null = null;

  constructor(
    readonly reason: ProviderErrorReason,
    message: string,
    options: { cause?: unknown; ambiguous?: boolean } = {},
  ) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.ambiguous = options.ambiguous ?? reason !== "unreachable";
  }
}
