/** Cross-origin headers: which web pages may call the functions and what they may read. */
import type { MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import type { CorsOrigins } from "../config/cors.ts";

/** Headers supabase-js sends (its own `cors` module lists them) and those of our contract. */
const REQUEST_HEADERS = [
  "authorization",
  "apikey",
  "content-type",
  "x-client-info",
  "x-region",
  "x-retry-count",
  "traceparent",
  "tracestate",
  "baggage",
  "idempotency-key",
  "if-none-match",
  "x-request-id",
];

/** Headers of our contract that pages may read. */
const RESPONSE_HEADERS = [
  "x-request-id",
  "retry-after",
  "ratelimit-limit",
  "ratelimit-remaining",
  "ratelimit-reset",
  "idempotent-replayed",
  "location",
  "etag",
];

/** Browsers cap it lower themselves (Chromium at two hours). */
const PREFLIGHT_MAX_AGE_SECONDS = 7200;

/**
 * Answers preflights of the addresses that `methodsAt` has methods for, and lets pages of `origins` read
 * every answer.
 *
 * No cookie is ever used, so credentials are not allowed, and `*` gives no page more than it would
 * have from its own server.
 */
export function allowOrigins(
  origins: CorsOrigins,
  methodsAt: (path: string) => string[],
): MiddlewareHandler {
  const allow = cors({
    origin: origins === "*" ? "*" : [...origins],
    // Lists as one text each: the middleware joins without a space.
    allowMethods: (_origin, c) => [methodsAt(c.req.path).join(", ")],
    allowHeaders: [REQUEST_HEADERS.join(", ")],
    exposeHeaders: [RESPONSE_HEADERS.join(", ")],
    maxAge: PREFLIGHT_MAX_AGE_SECONDS,
  });
  return async (c, next) => {
    if (c.req.method === "OPTIONS" && methodsAt(c.req.path).length === 0) return await next();
    return await allow(c, next);
  };
}
