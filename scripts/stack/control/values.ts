/** Checks of what is put through the control door. */

/** Gives the fields of `value`. @throws {TypeError} For anything but an object of some of `fields`. */
export function objectOf(value: unknown, fields: readonly string[]): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const wanted = fields.map((field) => `"${field}"`).join(", ");
    throw new TypeError(`The body must be an object with ${wanted}: got ${shown(value)}`);
  }
  const stray = Object.keys(value).find((field) => !fields.includes(field));
  if (stray !== undefined) {
    throw new TypeError(`The body has no field "${stray}": known are ${fields.join(", ")}`);
  }
  return { ...value };
}

/** The `mode` of `value`. @throws {TypeError} When it is none of `modes`. */
export function modeOf<Mode extends string>(value: unknown, modes: readonly Mode[]): Mode {
  const { mode } = objectOf(value, ["mode"]);
  const found = modes.find((each) => each === mode);
  if (found !== undefined) return found;
  const wanted = modes.map((each) => `"${each}"`).join(" or ");
  throw new TypeError(`"mode" must be ${wanted}: got ${shown(mode)}`);
}

/** A number, as it is. @throws {TypeError} */
export function numberOf(value: unknown, field: string): number {
  if (typeof value === "number") return value;
  throw new TypeError(`"${field}" must be a number: got ${shown(value)}`);
}

/** A list of strings. @throws {TypeError} */
export function stringsOf(value: unknown, field: string): string[] {
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
  throw new TypeError(`"${field}" must be an array of strings: got ${shown(value)}`);
}

function shown(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}
