/** The outermost wrapper of a function: request id, routing, CORS, errors to answers, one log line. */
import { encodeHex } from "@std/encoding/hex";
import { corsHeaders, type CorsOrigins, preflightResponse } from "./cors.ts";
import { AppError, toAppError } from "./errors.ts";
import { createLogger, type LogFields, type Logger } from "../observability/log.ts";
import { findRoute, functionPath, methodsAt, type Route } from "./router.ts";
import type { Runtime } from "../platform/runtime.ts";

export { readJson, readJsonObject } from "./request_body.ts";
export type { Route } from "./router.ts";

/** What a route's handler is given. */
export interface RequestContext {
  request: Request;
  url: URL;
  /** Path segments named in the route's pattern. */
  params: Record<string, string>;
  requestId: string;
  /** Carries the request id. */
  log: Logger;
  /** Adds to the request's one log line, e.g. `{ user_id }` once it is known. */
  note(fields: LogFields): void;
}

/** What a function's outermost wrapper needs. */
export interface RequestHandlerOptions {
  /** The function's name, the first segment of its path. */
  name: string;
  runtime: Runtime;
  /** `null`: no web page calls this function; preflights are refused. */
  corsOrigins: CorsOrigins | null;
  routes: readonly Route<RequestContext>[];
}

/** After a failure that may pass by itself, such as a database that restarts. */
const RETRY_AFTER_SECONDS = "2";

/** A JSON answer, 200 and never cached unless `init` says otherwise. */
export function jsonResponse(
  body: unknown,
  init: { status?: number; headers?: Record<string, string> } = {},
): Response {
  return new Response(JSON.stringify(body), {
    status: init.status ?? 200,
    headers: {
      "content-type": "application/json; charset=utf-8",
      "cache-control": "no-store",
      ...init.headers,
    },
  });
}

/**
 * Builds the handler a function serves with. It never throws: an `AppError` becomes its own
 * answer, anything else `internal` 500 with the cause in the log only.
 */
export function createRequestHandler(
  options: RequestHandlerOptions,
): (request: Request) => Promise<Response> {
  const functionLogger = createLogger(options.runtime, { function: options.name });
  return async (request) => {
    const startedAt = options.runtime.now();
    const requestId = requestIdOf(request, options.runtime);
    const logger = functionLogger.with({ request_id: requestId });
    const line: LogFields = { method: request.method, route: null };
    const response = await answer(request, { ...options, requestId, logger, line })
      .catch((error: unknown) => errorResponse(toAppError(error), { requestId, line }));
    addHeaders(response, {
      "x-request-id": requestId,
      ...(options.corsOrigins === null
        ? {}
        : corsHeaders(request.headers.get("origin"), options.corsOrigins)),
    });
    const ms = options.runtime.now() - startedAt;
    const level = isFailure(response) ? "error" : "info";
    logger[level]("request", { ...line, status: response.status, ms });
    return response;
  };
}

async function answer(
  request: Request,
  options: RequestHandlerOptions & { requestId: string; logger: Logger; line: LogFields },
): Promise<Response> {
  const { requestId, logger, line, routes } = options;
  const url = new URL(request.url);
  const path = functionPath(url.pathname, options.name);
  if (request.method === "OPTIONS" && options.corsOrigins !== null) {
    const methods = methodsAt(path, routes);
    if (methods.length > 0) return preflightResponse(methods);
  }
  const { route, params } = findRoute({ method: request.method, path }, routes);
  // The pattern and not the path: ids of other people's things do not belong in a log.
  line.route = `/${options.name}${route.pattern === "/" ? "" : route.pattern}`;
  return await route.handle({
    request,
    url,
    params,
    requestId,
    log: logger,
    note: (fields) => void Object.assign(line, fields),
  });
}

/** A 503 is a refusal: a full queue tells thousands, and none of them is a fault of ours. */
function isFailure({ status }: { status: number }): boolean {
  return status >= 500 && status !== 503;
}

function errorResponse(
  error: AppError,
  { requestId, line }: { requestId: string; line: LogFields },
): Response {
  line.code = error.code;
  // A refusal explains itself in a few words; only a failure of ours needs its stack.
  if (isFailure(error)) line.error = error;
  else line.reason = error.message;
  if (!isFailure(error) && error.cause instanceof Error) line.cause = error.cause.message;
  const message = error.code === "internal"
    ? "The request failed for a reason on our side"
    : error.message;
  return jsonResponse({ code: error.code, message, request_id: requestId }, {
    status: error.status,
    headers: {
      ...(error.retryable ? { "retry-after": RETRY_AFTER_SECONDS } : {}),
      ...error.headers,
    },
  });
}

function requestIdOf(request: Request, runtime: Runtime): string {
  const given = request.headers.get("x-request-id");
  if (given !== null && /^[A-Za-z0-9-]{8,64}$/.test(given)) return given;
  return encodeHex(runtime.randomBytes(16));
}

// Not a copy of the answer: its body would become a stream, which costs more to send than bytes do.
function addHeaders({ headers }: Response, added: Record<string, string>): void {
  for (const [name, value] of Object.entries(added)) {
    if (name === "vary") headers.append(name, value);
    else headers.set(name, value);
  }
}
