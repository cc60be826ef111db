/** Walks over a text from left to right: the lexical part of PostgREST's query string grammar. */
import { ApiError } from "./errors.ts";

/** A position in `text`. All patterns given to it must be sticky (`/…/y`). */
export class Cursor {
  #position = 0;

  /** @param failure How an error message begins: `failed to parse filter (…)`. */
  constructor(readonly text: string, readonly failure: string) {}

  atEnd(): boolean {
    return this.#position === this.text.length;
  }

  /** Consumes a match at this position and gives its groups, or gives nothing and stays. */
  match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#position;
    const match = pattern.exec(this.text);
    if (match === null) return undefined;
    this.#position = pattern.lastIndex;
    return match;
  }

  take(pattern: RegExp): string | undefined {
    return this.match(pattern)?.[0];
  }

  /** @throws {ApiError} PGRST100 when the pattern does not match here. */
  expect(pattern: RegExp, expected: string): string {
    const taken = this.take(pattern);
    if (taken === undefined) throw this.unexpected(expected);
    return taken;
  }

  rest(): string {
    return this.take(/[^]*/y) ?? "";
  }

  /** The PGRST100 of this position. */
  unexpected(expected: string): ApiError {
    const found = this.atEnd() ? "end of input" : JSON.stringify(this.text[this.#position]);
    return new ApiError({
      status: 400,
      code: "PGRST100",
      message: `"${this.failure}" (line 1, column ${this.#position + 1})`,
      details: `unexpected ${found} expecting ${expected}`,
    });
  }

  /** One or more elements with commas between. */
  separated<T>(read: () => T, comma = /\s*,\s*/y): T[] {
    const elements = [read()];
    while (this.take(comma) !== undefined) elements.push(read());
    return elements;
  }

  /** A name: letters, digits, `_`, `$`, inner spaces and dashes, or anything between double quotes. */
  name(): string {
    return this.#quoted() ??
      this.expect(
        /\s*[\p{L}\p{N}_$ ]+(-(?!>)[\p{L}\p{N}_$ ]+)*/yu,
        "field name (* or [a..z0..9_$])",
      )
        .trim();
  }

  /** A key or an index of a JSON path. */
  key(): string {
    const expected = "any non reserved character different from: .,>()";
    return this.#quoted() ??
      this.expect(/-?\d+(?=->|::|[.,)]|$)|[^(:.,>)-]+(-(?!>)[^(:.,>)-]+)*/y, expected).trim();
  }

  /** `(a,"b,c")` */
  list(): string[] {
    this.expect(/\s*\(\s*/y, '"("');
    const elements = this.separated(() => this.#element(), /,/y);
    this.expect(/\s*\)\s*/y, '")"');
    return elements;
  }

  /** A value inside a logic tree: quoted, an array literal, or everything up to `,` and `)`. */
  logicValue(): string {
    return this.#quotedElement() ?? this.take(/\{[^{}]*\}/y) ?? this.take(/[^,)]*/y) ?? "";
  }

  #element(): string {
    return this.#quotedElement() ?? this.take(/[^,)]*/y) ?? "";
  }

  #quotedElement(): string | undefined {
    const match = this.match(/"((?:[^"\\]|\\[^])*)"(?=[,)]|$)/y);
    return match && unescape(match[1] ?? "");
  }

  #quoted(): string | undefined {
    const match = this.match(/"((?:[^"\\]|\\[^])*)"/y);
    return match && unescape(match[1] ?? "");
  }
}

function unescape(text: string): string {
  return text.replaceAll(/\\([^])/g, "$1");
}
