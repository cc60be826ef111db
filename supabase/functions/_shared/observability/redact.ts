/** Makes anything fit for a log: no secrets, no bodies of libraries' errors, bounded in size. */

const MAX_TEXT_LENGTH = 1_000;
const MAX_ITEMS = 30;
const MAX_DEPTH = 6;
/** Values of one line altogether; ends objects that contain themselves. */
const MAX_VALUES = 200;

/** Keys whose text is never written, compared without case, spaces, `_` and `-`. */
const SENSITIVE_KEY =
  /token|secret|authorization|password|passwd|apikey|initdata|prompt|cookie|credential|signature|^hash$|privatekey|^jwk$|signingkey/;

/** Text that is a credential whatever its key: JWTs, Supabase and OpenAI keys, bot tokens, bearers, initData hashes. */
const SENSITIVE_TEXT =
  /eyJ[\w-]{10,}(?:\.[\w-]*)*|\bsb_secret_[\w-]+|\bsk-[\w-]{8,}|\b\d{5,}:[\w-]{30,}|\bbearer\s+[\w.~+/=-]{8,}|\bhash=[0-9a-f]{8,}/gi;

/** How deep a value lies, and how many more the line may hold. */
interface Place {
  depth: number;
  budget: { left: number };
}

/** A copy of `fields` that `JSON.stringify` accepts and that tells no secret; see the rules above. */
export function redact(fields: object): Record<string, unknown> {
  return redactFields(fields, { depth: 0, budget: { left: MAX_VALUES } });
}

function redactFields(fields: object, { depth, budget }: Place): Record<string, unknown> {
  const keys = Object.keys(fields);
  const kept: [string, unknown][] = [];
  for (const key of keys.slice(0, MAX_ITEMS)) {
    const value = readField(fields, key);
    const shown = isSensitive(key, value)
      ? "[redacted]"
      : redactValue(value, { depth: depth + 1, budget });
    kept.push([redactText(key), shown]);
  }
  if (keys.length > MAX_ITEMS) kept.push(["omitted", keys.length - MAX_ITEMS]);
  return Object.fromEntries(kept);
}

// A getter of a foreign object may throw; a log line must not.
function readField(fields: object, key: string): unknown {
  try {
    return (fields as Record<string, unknown>)[key];
  } catch {
    return "[unreadable]";
  }
}

// A count, a flag or nothing at all is no secret: `total_tokens: 12` stays readable.
function isSensitive(key: string, value: unknown): boolean {
  if (value === null || ["number", "boolean", "undefined"].includes(typeof value)) return false;
  return SENSITIVE_KEY.test(key.toLowerCase().replaceAll(/[_\s-]/g, ""));
}

function redactValue(value: unknown, place: Place): unknown {
  if (place.budget.left-- <= 0) return "[too much]";
  if (typeof value === "string") return redactText(value);
  if (typeof value === "bigint" || typeof value === "symbol") return String(value);
  if (typeof value === "function") return "[function]";
  if (typeof value !== "object" || value === null) return value;
  if (place.depth > MAX_DEPTH) return "[too deep]";
  if (value instanceof Error) return redactError(value, place);
  if (value instanceof Date || value instanceof URL) return redactText(String(value));
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    return `[${value.byteLength} bytes]`;
  }
  if (Array.isArray(value)) {
    const deeper = { ...place, depth: place.depth + 1 };
    return value.slice(0, MAX_ITEMS).map((item) => redactValue(item, deeper));
  }
  return redactFields(value, place);
}

// Only what names an error and where it arose: libraries hang requests, with their keys, on errors.
function redactError(error: Error, place: Place): Record<string, unknown> {
  const { code, status } = error as { code?: unknown; status?: unknown };
  const fields: Record<string, unknown> = {
    name: error.name,
    message: redactText(error.message),
  };
  if (typeof code === "string" || typeof code === "number") fields.code = code;
  if (typeof status === "number") fields.status = status;
  const frames = error.stack?.split("\n").filter((line) => /^\s+at /.test(line)).slice(0, 6);
  if (frames?.length) fields.stack = redactText(frames.map((frame) => frame.trim()).join(" | "));
  if (error.cause !== undefined) {
    fields.cause = redactValue(error.cause, { ...place, depth: place.depth + 1 });
  }
  return fields;
}

function redactText(text: string): string {
  // A match costs time and a hostile text may be long; a secret across the cut is found all the same.
  const redacted = text.slice(0, 4 * MAX_TEXT_LENGTH).replaceAll(SENSITIVE_TEXT, "[redacted]");
  if (redacted.length <= MAX_TEXT_LENGTH) return redacted;
  return `${redacted.slice(0, MAX_TEXT_LENGTH)}…(${text.length} characters)`;
}
