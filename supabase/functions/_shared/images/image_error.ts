/** Bytes that are not the picture they should be. */

/**
 * The bytes are no picture, a damaged one, or another one than was wanted.
 *
 * `message` says what is wrong with the bytes and quotes none of them.
 */
export class ImageError extends Error {
  override name = "ImageError";
}
