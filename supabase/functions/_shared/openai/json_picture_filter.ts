/** Takes the base64 pictures out of a JSON answer while it arrives, so that none is held as text. */
import { Base64Decoder } from "./base64_decoder.ts";

const QUOTE = '"'.charCodeAt(0);
const BACKSLASH = "\\".charCodeAt(0);
const COLON = ":".charCodeAt(0);
const SPACE = " ".charCodeAt(0);
const NEWLINE = "\n".charCodeAt(0);

/** What ends the parts of "data:image/png;base64,", which some endpoints write before a picture. */
const PREFIX_ENDS = [...":;,"].map((character) => character.charCodeAt(0));

/** The field that holds a picture, in an answer and in the events of a stream. */
const PICTURE_FIELD = "b64_json";
/** More than one call asks for: the picture and its previews. */
const MAX_PICTURES = 16;

/**
 * Splits an answer into its pictures and the JSON around them.
 *
 * A picture of 6 MB is 8 MB of base64. Read the usual way it is held as bytes, as text, as the
 * string inside the parsed JSON and as the decoded picture at once; 16 of these pass the 256 MB of
 * an isolate. Here each chunk is decoded as it arrives and the string is replaced by a placeholder,
 * which `take` exchanges for the picture. It works on plain JSON and on server-sent events, whose
 * strings hold no line break either.
 */
export class JsonPictureFilter {
  #pictures = new Map<string, Uint8Array<ArrayBuffer>>();
  #count = 0;
  #picture: Base64Decoder | undefined;
  /** Parts of a prefix that may still come before the picture. */
  #restarts = 0;
  /** The string being read, or `undefined` between strings; cut where it is longer than the field's name. */
  #string: string | undefined;
  #isEscaped = false;
  /** The last string, as long as only space and a colon followed it. */
  #key = "";
  #afterColon = false;

  /**
   * Reads the next piece of the answer.
   *
   * @returns What of it is not a picture.
   * @throws {SyntaxError} When a picture is not base64.
   */
  filterText(chunk: Uint8Array): Uint8Array<ArrayBuffer> {
    const kept: number[] = [];
    let position = 0;
    while (position < chunk.length) {
      if (this.#picture !== undefined) {
        position = this.#readPicture(this.#picture, { chunk, position, kept });
      } else {
        const byte = chunk[position] as number;
        kept.push(byte);
        this.#follow(byte);
        position += 1;
      }
    }
    return Uint8Array.from(kept);
  }

  /** The picture a placeholder stands for, once; `undefined` for any other value. */
  take(placeholder: unknown): Uint8Array<ArrayBuffer> | undefined {
    if (typeof placeholder !== "string") return undefined;
    const picture = this.#pictures.get(placeholder);
    this.#pictures.delete(placeholder);
    return picture;
  }

  #readPicture(
    picture: Base64Decoder,
    { chunk, position, kept }: { chunk: Uint8Array; position: number; kept: number[] },
  ): number {
    const end = picture.write(chunk, position);
    if (end === chunk.length) return end;
    if (this.#restarts > 0 && PREFIX_ENDS.includes(chunk[end] as number)) {
      this.#restarts -= 1;
      this.#picture = new Base64Decoder();
      return end + 1;
    }
    if (chunk[end] !== QUOTE) {
      throw new SyntaxError("Cannot decode base64: it has other characters");
    }
    if (this.#count === MAX_PICTURES) {
      throw new SyntaxError(`Cannot read the answer: it has more than ${MAX_PICTURES} pictures`);
    }
    const placeholder = `picture #${this.#count++}`;
    this.#pictures.set(placeholder, picture.finish());
    this.#picture = undefined;
    kept.push(...new TextEncoder().encode(placeholder), QUOTE);
    return end + 1;
  }

  /** Follows the JSON's strings and keys, and begins a picture where one begins. */
  #follow(byte: number): void {
    if (this.#string !== undefined) this.#followString(byte, this.#string);
    else if (byte === QUOTE && this.#afterColon && this.#key === PICTURE_FIELD) {
      this.#picture = new Base64Decoder();
      this.#restarts = PREFIX_ENDS.length;
      this.#forgetKey();
    } else if (byte === QUOTE) {
      this.#string = "";
    } else if (byte === COLON) {
      this.#afterColon = true;
    } else if (byte > SPACE) {
      this.#forgetKey();
    }
  }

  #followString(byte: number, string: string): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === BACKSLASH) this.#isEscaped = true;
    else if (byte === QUOTE || byte === NEWLINE) {
      this.#forgetKey();
      this.#key = string;
      this.#string = undefined;
      return;
    }
    if (string.length <= PICTURE_FIELD.length) this.#string = string + String.fromCharCode(byte);
  }

  #forgetKey(): void {
    this.#key = "";
    this.#afterColon = false;
  }
}
