/** Schemas of single environment variables; each says in words what it accepts. */
import * as v from "valibot";

/** A text that `accepts` takes; any but an empty one by default. `wanted` says what that is. */
export function text(wanted: string, accepts: RegExp | ((value: string) => boolean) = /./s) {
  const isAccepted = accepts instanceof RegExp ? (value: string) => accepts.test(value) : accepts;
  return v.message(v.pipe(v.string(), v.nonEmpty(), v.check(isAccepted)), wanted);
}

/** A whole number from `min` to `max`; its default, given to `v.optional`, is text as well. */
export function wholeNumber(min: number, max: number) {
  const digits = v.pipe(v.string(), v.regex(/^\d{1,15}$/), v.transform(Number));
  const schema = v.pipe(digits, v.minValue(min), v.maxValue(max));
  return v.message(schema, `a whole number from ${min} to ${max}`);
}

/** An http or https URL without query, fragment or credentials, given without a slash at its end. */
export function baseUrl() {
  const schema = v.pipe(
    v.string(),
    v.check(isBaseUrl),
    v.transform((url) => url.replace(/\/+$/, "")),
  );
  return v.message(schema, "an http or https URL without query, fragment or credentials");
}

/** Texts between commas, spaces around them dropped, all of which `accepts` takes. */
export function commaList(wanted: string, accepts: (list: readonly string[]) => boolean) {
  const schema = v.pipe(
    v.string(),
    v.transform((list): readonly string[] => list.split(",").map((item) => item.trim())),
    v.check(accepts),
    v.transform((list) => Object.freeze(list)),
  );
  return v.message(schema, wanted);
}

// A URL that paths can be appended to.
function isBaseUrl(url: string): boolean {
  if (!URL.canParse(url) || /[?#\s]/.test(url)) return false;
  const { protocol, username, password } = new URL(url);
  return ["http:", "https:"].includes(protocol) && username + password === "";
}
