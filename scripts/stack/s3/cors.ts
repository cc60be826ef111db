/** Cross-origin rules of the bucket: any page may show a picture, none may write one. */
import { S3Error } from "./errors.ts";
import type { OperationResult } from "./operations.ts";
import type { S3Request } from "./request.ts";

/** What every answer to a cross-origin request carries. */
export function corsHeaders(request: S3Request): Record<string, string> {
  if (!request.headers.has("origin")) return {};
  return {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "GET, HEAD",
    "access-control-expose-headers": "ETag, Content-Length, Content-Range",
  };
}

/**
 * Answers an OPTIONS request.
 *
 * @throws {S3Error} `BadRequest` when it is no preflight, `AccessForbidden` for a method that writes.
 */
export function answerPreflight(request: S3Request): OperationResult {
  const method = request.headers.get("access-control-request-method");
  if (method === undefined || !request.headers.has("origin")) throw new S3Error("BadRequest");
  if (method !== "GET" && method !== "HEAD") throw new S3Error("AccessForbidden");
  const asked = request.headers.get("access-control-request-headers");
  const headers = {
    ...corsHeaders(request),
    "access-control-max-age": "3000",
    ...(asked === undefined ? {} : { "access-control-allow-headers": asked }),
  };
  return { status: 200, headers, body: "" };
}
