/** Hexadecimal text of bytes; the hosted runtime is older than `Uint8Array.prototype.toHex`. */

const DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Lower-case hexadecimal of `bytes`, two digits each. */
export function toHex(bytes: Uint8Array | ArrayBuffer): string {
  let text = "";
  for (const byte of bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes)) {
    text += DIGITS[byte];
  }
  return text;
}

/**
 * The bytes of hexadecimal `text`.
 *
 * @throws {TypeError} For an odd length or another character than a hexadecimal digit.
 */
export function fromHex(text: string): Uint8Array<ArrayBuffer> {
  if (!/^(?:[0-9a-fA-F]{2})*$/.test(text)) {
    throw new TypeError("Cannot decode hexadecimal text: wanted pairs of digits 0-9 and a-f");
  }
  const bytes = new Uint8Array(text.length / 2);
  for (let index = 0; index < bytes.length; index++) {
    bytes[index] = parseInt(text.slice(index * 2, index * 2 + 2), 16);
  }
  return bytes;
}
