/** JSON bodies: which columns or arguments they name. Postgres reads the values from the original text. */
import { ApiError } from "./errors.ts";

/** A body as sent, and the keys of its objects. */
export interface Payload {
  body: string;
  keys: string[];
  /** An array of objects rather than one object. */
  many: boolean;
}

/** Reads the text of a body that must be JSON. */
export async function readBody(request: Request): Promise<string> {
  const type = request.headers.get("content-type") ?? "application/json";
  if (!/^application\/json\b/i.test(type)) {
    throw invalidBody(`Content-Type not acceptable: ${type}`);
  }
  return await request.text();
}

/** The body of an insert or update. `columns` (the query parameter) replaces the keys. */
export function readRecords(body: string, columns: string[] | undefined): Payload {
  const value = parseJson(body);
  if (!Array.isArray(value)) {
    if (isObject(value)) return { body, keys: columns ?? Object.keys(value), many: false };
    return { body: "[]", keys: [], many: true };
  }
  if (columns !== undefined) return { body, keys: columns, many: true };
  const keys = isObject(value[0]) ? Object.keys(value[0]) : [];
  if (!value.every((it) => isObject(it) && hasExactly(it, keys))) {
    throw invalidBody("All object keys must match");
  }
  return { body, keys, many: true };
}

/** The body of an RPC; an empty one is a call without arguments. */
export function readArguments(body: string): Omit<Payload, "many"> {
  const value = body === "" ? {} : parseJson(body);
  return { body, keys: isObject(value) ? Object.keys(value) : [] };
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw invalidBody("Empty or invalid json");
  }
}

function invalidBody(message: string): ApiError {
  return new ApiError({ status: 400, code: "PGRST102", message });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function hasExactly(value: Record<string, unknown>, keys: string[]): boolean {
  return Object.keys(value).length === keys.length && keys.every((it) => Object.hasOwn(value, it));
}
