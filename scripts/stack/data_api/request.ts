/** What a request to the Data API asks for beside its query string: resource, schema, preferences, format, range. */
import { ApiError, notImplemented, rangeNotSatisfiable } from "./errors.ts";
import type { Query } from "./query_string.ts";

/** A table or view, or a function. */
export interface Resource {
  kind: "table" | "function";
  name: string;
}

export interface Preferences {
  return: "minimal" | "representation";
  count: boolean;
  resolution: "merge-duplicates" | "ignore-duplicates" | undefined;
  /** The preferences that were honoured, for `Preference-Applied`. */
  applied: string[];
}

/** The rows wanted: `offset` rows skipped, at most `limit` given. */
export interface RowRange {
  offset: number;
  limit: number | undefined;
}

const PREFIX = "/rest/v1";

/** The path below `/rest/v1`; the prefix may already be gone. */
export function pathBelow(pathname: string): string {
  return pathname.startsWith(`${PREFIX}/`) ? pathname.slice(PREFIX.length) : pathname;
}

/**
 * Reads `/<table>` and `/rpc/<function>`.
 *
 * @throws {ApiError} PGRST125 for any other path, PGRST126 for the root.
 */
export function readResource(path: string): Resource {
  const [first, second, ...more] = path.split("/").slice(1).map(decodeSegment);
  if (first === "rpc" && second && more.length === 0) return { kind: "function", name: second };
  if (first && second === undefined) return { kind: "table", name: first };
  const isRoot = path === "" || path === "/" || path === PREFIX;
  throw new ApiError({
    status: 404,
    code: isRoot ? "PGRST126" : "PGRST125",
    message: isRoot
      ? "Root endpoint metadata is disabled"
      : "Invalid path specified in request URL",
  });
}

/** What is no UTF-8 is no name. */
function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return "";
  }
}

/**
 * The schema a request works in: `Accept-Profile` when reading, `Content-Profile` otherwise, else the first exposed one.
 *
 * @throws {ApiError} PGRST106 for a schema that is not exposed.
 */
export function readSchema(request: Request, exposed: string[]): string {
  const reads = request.method === "GET" || request.method === "HEAD";
  const wanted = request.headers.get(reads ? "accept-profile" : "content-profile");
  const schema = wanted ?? exposed[0] ?? "public";
  if (exposed.includes(schema)) return schema;
  throw new ApiError({
    status: 406,
    code: "PGRST106",
    message: `Invalid schema: ${schema}`,
    hint: `Only the following schemas are exposed: ${exposed.join(", ")}`,
  });
}

/** Reads `Prefer`; unknown preferences are ignored, known ones that are left out are refused. */
export function readPreferences(headers: Headers): Preferences {
  const wanted = (headers.get("prefer") ?? "").split(",").map((it) => it.trim());
  if (wanted.includes("missing=default")) throw notImplemented("Prefer: missing=default");
  if (wanted.some((it) => it.startsWith("max-affected="))) {
    throw notImplemented("Prefer: max-affected");
  }
  const resolution = wanted.find((it) => /^resolution=(merge|ignore)-duplicates$/.test(it));
  const count = wanted.find((it) => /^count=(exact|planned|estimated)$/.test(it));
  const representation = wanted.find((it) => /^return=(minimal|representation)$/.test(it));
  return {
    return: representation === "return=representation" ? "representation" : "minimal",
    count: count !== undefined,
    resolution: resolution?.slice("resolution=".length) as Preferences["resolution"],
    applied: [resolution, representation, count].filter((it) => it !== undefined),
  };
}

/**
 * Whether one object is wanted rather than an array.
 *
 * @throws {ApiError} PGRST107 for a format other than JSON.
 */
export function readSingular(headers: Headers): boolean {
  const accept = headers.get("accept") ?? "*/*";
  if (/application\/vnd\.pgrst\.object(\+json)?/.test(accept)) return true;
  if (/\*\/\*|application\/(json|\*)/.test(accept)) return false;
  throw new ApiError({
    status: 406,
    code: "PGRST107",
    message: `None of these media types are available: ${accept}`,
  });
}

/**
 * The rows wanted, from `limit`, `offset` and, for GET, the `Range` header (`0-9`).
 *
 * @throws {ApiError} PGRST103 for a range that cannot be.
 */
export function readRange(request: Request, query: Query): RowRange {
  const { limit, offset } = query;
  if (limit !== undefined && limit < 0) {
    throw rangeNotSatisfiable("Limit should be greater than or equal to zero.");
  }
  const header = request.method === "GET" ? request.headers.get("range") : null;
  const bounds = /^(?:items=)?(\d*)-(\d*)$/.exec(header ?? "");
  const first = Math.max(offset, Number(bounds?.[1] || 0), 0);
  const lasts = [
    ...(limit === undefined ? [] : [Math.max(offset, 0) + limit - 1]),
    ...(bounds?.[2] ? [Number(bounds[2])] : []),
  ];
  if (lasts.length === 0) return { offset: first, limit: undefined };
  const last = Math.min(...lasts);
  if (last < first && limit !== 0) {
    throw rangeNotSatisfiable(
      "The lower boundary must be lower than or equal to the upper boundary in the Range header.",
    );
  }
  return { offset: first, limit: Math.max(last - first + 1, 0) };
}
