/** Cross-origin headers: which web pages may call the functions and what they may read. */

/** The origins allowed to call, or `"*"` for every origin. */
export type CorsOrigins = readonly string[] | "*";

/** Headers supabase-js sends (its own `cors` module lists them) and those of our contract. */
const REQUEST_HEADERS = [
  "authorization",
  "apikey",
  "content-type",
  "x-client-info",
  "x-retry-count",
  "traceparent",
  "tracestate",
  "baggage",
  "idempotency-key",
  "if-none-match",
  "x-request-id",
].join(", ");

const RESPONSE_HEADERS = [
  "x-request-id",
  "retry-after",
  "ratelimit-limit",
  "ratelimit-remaining",
  "ratelimit-reset",
  "idempotent-replayed",
  "location",
  "etag",
].join(", ");

/** Browsers cap it lower themselves (Chromium at two hours). */
const PREFLIGHT_MAX_AGE_SECONDS = "7200";

/**
 * The headers every answer to `origin` carries.
 *
 * No cookie is ever used, so credentials are not allowed, and `*` gives no page more than it would
 * have from its own server.
 */
export function corsHeaders(origin: string | null, origins: CorsOrigins): Record<string, string> {
  const exposed = { "access-control-expose-headers": RESPONSE_HEADERS };
  if (origins === "*") return { "access-control-allow-origin": "*", ...exposed };
  // The answer depends on the Origin header even when it is refused: a cache must know.
  if (origin === null || !origins.includes(origin)) return { vary: "Origin" };
  return { "access-control-allow-origin": origin, vary: "Origin", ...exposed };
}

/** The answer to a preflight for a resource that has `methods`. */
export function preflightResponse(methods: readonly string[]): Response {
  return new Response(null, {
    status: 204,
    headers: {
      "access-control-allow-methods": methods.join(", "),
      "access-control-allow-headers": REQUEST_HEADERS,
      "access-control-max-age": PREFLIGHT_MAX_AGE_SECONDS,
    },
  });
}
