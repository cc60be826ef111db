/** Whether a text shows anything: what a person types in must have something to see. */

/** Not control, format, separator, combining mark, default-ignorable (UAX #44), nor the braille blank. */
const VISIBLE = /[^\p{C}\p{Z}\p{M}\p{Default_Ignorable_Code_Point}\u2800]/u;

/** Whether `text` has at least one visible character. */
export function isVisible(text: string): boolean {
  return VISIBLE.test(text);
}
