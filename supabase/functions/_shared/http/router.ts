/** Finds the route of a request: method and path pattern, after the function's own name. */
import { AppError } from "./errors.ts";

/** One route. `pattern` is like `/{id}`: `{name}` takes one whole path segment. */
export interface Route<Context> {
  method: string;
  pattern: string;
  handle(context: Context): Response | Promise<Response>;
}

/** A route that fits, with the decoded path segments of its pattern. */
export interface RouteMatch<Context> {
  route: Route<Context>;
  params: Record<string, string>;
}

/**
 * The path after the function's name, `/` for the function itself. The hosted platform shows
 * `/<function>/…`, some local versions `/functions/v1/<function>/…`. A slash at the end is dropped.
 *
 * @throws {AppError} `not_found` when the path is not under the function's name.
 */
export function functionPath(pathname: string, functionName: string): string {
  const path = pathname.startsWith("/functions/v1/")
    ? pathname.slice("/functions/v1".length)
    : pathname;
  if (path !== `/${functionName}` && !path.startsWith(`/${functionName}/`)) throw notFound();
  return path.slice(functionName.length + 1).replace(/\/$/, "") || "/";
}

/** The methods of the routes whose pattern fits `path`, in the order of `routes`. */
export function methodsAt<Context>(path: string, routes: readonly Route<Context>[]): string[] {
  const fitting = routes.filter((route) => matchPattern(route.pattern, path) !== undefined);
  return fitting.map((route) => route.method);
}

/**
 * Finds the route of `method` and `path`.
 *
 * @throws {AppError} `not_found` when no pattern fits, `method_not_allowed` (with `allow`) when only the method does not.
 */
export function findRoute<Context>(
  request: { method: string; path: string },
  routes: readonly Route<Context>[],
): RouteMatch<Context> {
  for (const route of routes) {
    if (route.method !== request.method) continue;
    const params = matchPattern(route.pattern, request.path);
    if (params !== undefined) return { route, params };
  }
  const methods = methodsAt(request.path, routes);
  if (methods.length === 0) throw notFound();
  const allow = [...methods, "OPTIONS"].join(", ");
  throw new AppError("method_not_allowed", `Method not allowed here: wanted one of ${allow}`, {
    headers: { allow },
  });
}

function matchPattern(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const segment = given[index] ?? "";
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name === undefined) {
      if (part !== segment) return undefined;
      continue;
    }
    const value = decodeSegment(segment);
    if (!value) return undefined;
    params[name] = value;
  }
  return params;
}

function decodeSegment(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

function notFound(): AppError {
  return new AppError("not_found", "Nothing is found at this address");
}
