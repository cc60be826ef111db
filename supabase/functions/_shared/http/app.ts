/** The base every function's app stands on: request id, CORS, errors to answers, one log line a request. */
import { encodeHex } from "@std/encoding/hex";
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { requestId } from "hono/request-id";
import { routePath } from "hono/route";
import type { CorsOrigins } from "../config/cors.ts";
import type { EventCounter } from "../observability/event_counter.ts";
import { createLogger, type LogFields, type Logger } from "../observability/log.ts";
import type { Runtime } from "../platform/runtime.ts";
import { allowOrigins } from "./cors.ts";
import { AppError, toAppError } from "./errors.ts";

/** What every handler finds in its context. */
export interface BaseEnv {
  Variables: {
    requestId: string;
    /** Carries the request id. */
    log: Logger;
    /** Adds to the request's one log line, e.g. `{ user_id }` once it is known. */
    note(fields: LogFields): void;
  };
}

/** What the base needs. */
export interface AppOptions {
  /** The function's name, the first segment of its path. */
  name: string;
  runtime: Pick<Runtime, "now" | "randomBytes" | "writeLog">;
  /** `null`: no web page calls this function; preflights are refused. */
  corsOrigins: CorsOrigins | null;
  /** Told of every answer. @default nobody is */
  events?: EventCounter;
}

/** After a failure that may pass by itself, such as a database that restarts. */
const RETRY_AFTER_SECONDS = "2";

/**
 * Makes a function's app; its routes follow the function's name: `app.get("/:id", …)`. It never throws:
 * an `AppError` becomes its own answer, anything else `internal` 500 with the cause in the log only.
 *
 * Handlers answer by `c.json()`, `c.text()` or `c.body()`, which carry the headers set here.
 */
export function createApp(options: AppOptions): Hono<BaseEnv> {
  const { name, runtime, corsOrigins } = options;
  const app = new Hono<BaseEnv>({ getPath: pathOf });
  const makeId = () => encodeHex(runtime.randomBytes(16));
  app.use(requestId({ limitLength: 64, generator: makeId }));
  app.use(logRequests(options));
  if (corsOrigins !== null) app.use(allowOrigins(corsOrigins, (path) => methodsAt(app, path)));
  app.notFound((c) => {
    const methods = methodsAt(app, c.req.path);
    if (methods.length === 0) return answerError(c, notFound());
    return answerError(c, methodNotAllowed(methods, { isOpenToPages: corsOrigins !== null }));
  });
  app.onError((error, c) => answerError(c, toAppError(error)));
  return app.basePath(`/${name}`);
}

/**
 * The path that routes are matched with: the hosted platform shows `/<function>/…`, some local versions
 * `/functions/v1/<function>/…`. A slash at the end is dropped.
 */
function pathOf(request: Request): string {
  const { pathname } = new URL(request.url);
  return pathname.replace(/^\/functions\/v1(?=\/)/, "").replace(/(?<=.)\/$/, "");
}

/** The methods that have a route at `path`. */
function methodsAt(app: Hono<BaseEnv>, path: string): string[] {
  const methods = new Set(app.routes.map(({ method }) => method));
  return [...methods].filter((method) =>
    app.router.match(method, path)[0].some(([[, route]]) => route.method === method)
  ).filter((method) => method !== "ALL");
}

function logRequests({ name, runtime, events }: AppOptions): MiddlewareHandler<BaseEnv> {
  const functionLog = createLogger(runtime, { function: name });
  return async (c, next) => {
    const startedAt = runtime.now();
    const log = functionLog.with({ request_id: c.get("requestId") });
    const line: LogFields = { method: c.req.method, route: null };
    c.set("log", log);
    c.set("note", (fields) => void Object.assign(line, fields));
    // Hono leaves alone what is thrown and is no Error.
    await next().catch((thrown) => c.res = answerError(c, toAppError(thrown)));
    if (!c.res.headers.has("cache-control")) c.header("cache-control", "no-store");
    const path = routePath(c, -1);
    // The pattern and not the path: ids of other people's things do not belong in a log.
    if (!path.endsWith("*")) line.route = path;
    const ms = runtime.now() - startedAt;
    events?.answered({ code: line.code === undefined ? undefined : String(line.code) });
    log[isFailure(c.res) ? "error" : "info"]("request", { ...line, status: c.res.status, ms });
  };
}

/** A 503 is a refusal: a full queue tells thousands, and none of them is a fault of ours. */
function isFailure({ status }: { status: number }): boolean {
  return status >= 500 && status !== 503;
}

function answerError(c: Context<BaseEnv>, error: AppError): Response {
  const line: LogFields = { code: error.code };
  // A refusal explains itself in a few words; only a failure of ours needs its stack.
  if (isFailure(error)) line.error = error;
  else line.reason = error.message;
  if (!isFailure(error) && error.cause instanceof Error) line.cause = error.cause.message;
  c.get("note")(line);
  const message = error.code === "internal"
    ? "The request failed for a reason on our side"
    : error.message;
  const body = { code: error.code, message, request_id: c.get("requestId") };
  return c.json(body, error.status, {
    ...(error.retryable ? { "retry-after": RETRY_AFTER_SECONDS } : {}),
    ...error.headers,
  });
}

function notFound(): AppError {
  return new AppError("not_found", "Nothing is found at this address");
}

function methodNotAllowed(
  methods: readonly string[],
  { isOpenToPages }: { isOpenToPages: boolean },
): AppError {
  const allow = [
    ...methods.flatMap((method) => method === "GET" ? ["GET", "HEAD"] : [method]),
    ...(isOpenToPages ? ["OPTIONS"] : []),
  ].join(", ");
  return new AppError("method_not_allowed", `Method not allowed here: wanted one of ${allow}`, {
    headers: { allow },
  });
}
