/** The code of an SQL text, without what only looks like code. */

/** Comments, strings and quoted names. The bodies of functions are code: their quotes are passed over. */
const NOT_CODE = /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$\w*\$/g;

/** Blanks everything that is not code; every character and line stays where it is. */
export function maskSql(text: string): string {
  return text.replaceAll(NOT_CODE, (part) => {
    const quote = /^['"]/.test(part) ? part[0] ?? "" : "";
    const inner = quote === "" ? part : part.slice(1, -1);
    return quote + inner.replaceAll(/[^\n]/g, " ") + quote;
  });
}

/** Number of the line on which the character at `index` is. */
export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}

/** A piece of code and where it starts. */
export interface Piece {
  text: string;
  index: number;
}

/**
 * Cuts masked SQL into statements, and each pair of parentheses out of what surrounds it, so that no
 * piece holds a clause of another.
 */
export function cutStatements(code: string): Piece[] {
  const pieces: Piece[] = [];
  const open: Piece[] = [{ text: "", index: 0 }];
  for (const [index, character] of [...code].entries()) {
    const piece = open.at(-1);
    if (piece === undefined) break;
    if (character === "(") {
      piece.text += " ";
      open.push({ text: "", index: index + 1 });
    } else if (character === ")" && open.length > 1) {
      pieces.push(piece);
      open.pop();
      const outer = open.at(-1);
      if (outer !== undefined) {
        outer.text += " ".repeat(index - outer.index - outer.text.length + 1);
      }
    } else if (character === ";") {
      pieces.push(...open.splice(0));
      open.push({ text: "", index: index + 1 });
    } else {
      piece.text += character;
    }
  }
  return [...pieces, ...open];
}
