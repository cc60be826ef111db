/** What of a request to the gateway reaches a function. */

/** A request as it is sent on. */
export interface ForwardedRequest {
  method: string;
  /** Path and query; the path begins with the function's name, as on the hosted platform. */
  path: string;
  headers: [string, string][];
  body: ReadableStream<Uint8Array<ArrayBuffer>> | null;
}

/** Headers of one connection only (RFC 9110 section 7.6.1), and those set anew. */
const NOT_FORWARDED = new Set([
  "connection",
  "host",
  "keep-alive",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-port",
  "x-forwarded-proto",
  // The function's answer is passed on as it is; compressed, it would have to be unpacked on the way.
  "accept-encoding",
]);

/**
 * Makes the request a function sees of one to `/functions/v1/<name>/…`.
 *
 * @param clientAddress Who is asking: added to `x-forwarded-for`.
 */
export function forwardRequest(request: Request, clientAddress: string): ForwardedRequest {
  const { hostname, port, pathname, search } = new URL(request.url);
  const headers = [...request.headers].filter(([name]) => !NOT_FORWARDED.has(name));
  const earlier = request.headers.get("x-forwarded-for");
  headers.push(
    ["accept-encoding", "identity"],
    ["x-forwarded-for", earlier === null ? clientAddress : `${earlier}, ${clientAddress}`],
    ["x-forwarded-host", hostname],
    ["x-forwarded-port", port === "" ? "80" : port],
    ["x-forwarded-proto", "http"],
  );
  return {
    method: request.method,
    path: pathname.replace(/^\/functions\/v1(?=\/)/, "") + search,
    headers,
    body: request.body,
  };
}
