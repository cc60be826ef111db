/**
 * Lets scripts written for Upstash run on plain Redis. Their first line, `#!lua flags=allow-key-locking`,
 * names a flag only Upstash knows; without the line the text has another SHA-1, so callers' hashes are mapped.
 */
import { createHash } from "node:crypto";

const SHEBANG = /^#!.*/;

/** The scripts seen so far, by the hash their author computed. */
export class ScriptTranslator {
  readonly #plainHashes = new Map<string, string>();

  /**
   * The arguments to send for a command; those of EVAL, EVALSHA (and their _RO forms) and SCRIPT are
   * changed where they name or carry such a script.
   *
   * A hash not seen yet stays as it is: Redis answers NOSCRIPT and the client sends the text.
   */
  translate(name: string, args: string[]): string[] {
    switch (name) {
      case "EVALSHA":
      case "EVALSHA_RO":
        return [this.#plainHash(args[0]), ...args.slice(1)];
      case "EVAL":
      case "EVAL_RO":
        return [this.#plainText(args[0]), ...args.slice(1)];
      case "SCRIPT":
        return this.#translateScript(args);
      default:
        return args;
    }
  }

  #translateScript([subcommand = "", ...rest]: string[]): string[] {
    switch (subcommand.toUpperCase()) {
      case "LOAD":
        return [subcommand, this.#plainText(rest[0]), ...rest.slice(1)];
      case "EXISTS":
        return [subcommand, ...rest.map((hash) => this.#plainHash(hash))];
      default:
        return [subcommand, ...rest];
    }
  }

  #plainHash(hash = ""): string {
    return this.#plainHashes.get(hash.toLowerCase()) ?? hash;
  }

  #plainText(text = ""): string {
    if (!SHEBANG.test(text)) return text;
    // The empty line stays, so that an error names the line its author knows.
    const plain = text.replace(SHEBANG, "");
    this.#plainHashes.set(sha1(text), sha1(plain));
    return plain;
  }
}

function sha1(text: string): string {
  return createHash("sha1").update(text).digest("hex");
}
