/** Lets the AWS library send its requests by `fetch`. */
import type { S3ClientConfig } from "@aws-sdk/client-s3";

type RequestHandler = NonNullable<S3ClientConfig["requestHandler"]>;

/** The parts used of a request as the library describes it. */
interface SdkRequest {
  protocol: string;
  hostname: string;
  port?: number;
  path: string;
  query?: Record<string, string | string[] | null>;
  method: string;
  headers: Record<string, string>;
  body?: BodyInit | null;
}

/**
 * Makes a request handler on `fetch`.
 *
 * Under Deno the library picks its handler for Node's `http`, whose time limits end with the
 * answer's head and which cannot be given a `fetch`. Here the caller's signal covers the whole
 * exchange, body included. Redirects are answers: a signature holds for one host only.
 */
export function createFetchRequestHandler(fetch: typeof globalThis.fetch): RequestHandler {
  return {
    metadata: { handlerProtocol: "h1" },
    async handle(request: SdkRequest, { abortSignal }: { abortSignal?: AbortSignal } = {}) {
      const response = await fetch(urlOf(request), {
        method: request.method,
        headers: request.headers,
        body: request.body ?? null,
        redirect: "manual",
        signal: abortSignal ?? null,
      });
      return {
        response: {
          statusCode: response.status,
          reason: response.statusText,
          headers: Object.fromEntries(response.headers),
          // The library reads streams and blobs, and takes `null` for a stream.
          body: response.body ?? new Blob([]),
        },
      };
    },
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
  };
}

function urlOf({ protocol, hostname, port, path, query = {} }: SdkRequest): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    [value ?? ""].flat().map((one) => `${encodeURIComponent(name)}=${encodeURIComponent(one)}`)
  );
  const host = port === undefined ? hostname : `${hostname}:${port}`;
  return `${protocol}//${host}${path}${pairs.length === 0 ? "" : `?${pairs.join("&")}`}`;
}
