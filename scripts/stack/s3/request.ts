/** One S3 request as it came over the wire, before anything is believed of it. */
import { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { S3Error } from "./errors.ts";

/** A request with a path-style address: `/bucket/key`. */
export interface S3Request {
  method: string;
  /** Decoded; empty for a request without one. */
  bucket: string;
  key: string;
  /** The path as sent, for messages. */
  path: string;
  /** Decoded names and values, in the order sent. */
  query: [name: string, value: string][];
  /** Lower-case names; repeated headers joined by commas. */
  headers: Map<string, string>;
}

const MAX_KEY_BYTES = 1024;

/**
 * Parses method, address and headers.
 *
 * @throws {S3Error} `InvalidURI` for a malformed percent-encoding, `KeyTooLongError`.
 */
export function parseRequest(message: IncomingMessage): S3Request {
  const [path = "/", search = ""] = splitOnce(message.url ?? "/", "?");
  const [bucket = "", key = ""] = splitOnce(decode(path.slice(1)), "/");
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) throw new S3Error("KeyTooLongError");
  const query = search.split("&").filter((pair) => pair !== "").map((pair) => {
    const [name = "", value = ""] = splitOnce(pair, "=");
    return [decode(name), decode(value)] satisfies [string, string];
  });
  const headers = new Map<string, string>();
  const { rawHeaders } = message;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]?.toLowerCase() ?? "";
    const value = rawHeaders[i + 1] ?? "";
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before},${value}`);
  }
  return { method: message.method ?? "GET", bucket, key, path, query, headers };
}

/** The first value of a query parameter whose name equals `name` but for case. */
export function queryValue(request: S3Request, name: string): string | undefined {
  return request.query.find(([candidate]) => candidate.toLowerCase() === name.toLowerCase())?.[1];
}

/** A header, or the `x-amz-…` query parameter a presigned URL carries in its place. */
export function parameter(request: S3Request, name: string): string | undefined {
  return request.headers.get(name) ??
    (name.startsWith("x-amz-") ? queryValue(request, name) : undefined);
}

/** Every `x-amz-meta-…` header or query parameter, without that prefix. */
export function userMetadata(request: S3Request): Record<string, string> {
  const prefix = "x-amz-meta-";
  return Object.fromEntries(
    [...request.query, ...request.headers]
      .map(([name, value]) => [name.toLowerCase(), value] as const)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [name.slice(prefix.length), value]),
  );
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    if (cause instanceof URIError) throw new S3Error("InvalidURI");
    throw cause;
  }
}

function splitOnce(text: string, separator: string): string[] {
  const index = text.indexOf(separator);
  return index < 0 ? [text] : [text.slice(0, index), text.slice(index + 1)];
}
