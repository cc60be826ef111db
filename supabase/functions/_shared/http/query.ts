/** Reads a request's query by a schema. */
import type { MiddlewareHandler } from "hono";
import * as v from "valibot";
import type { BaseEnv } from "./app.ts";
import { invalidRequest } from "./invalid_request.ts";

/** The middleware's part in the types of a route. */
interface QueryInput<Schema extends v.GenericSchema> {
  in: { query: v.InferInput<Schema> };
  out: { query: v.InferOutput<Schema> };
}

/**
 * Makes the middleware: `app.get("/", query(schema), (c) => … c.req.valid("query") …)`. Of a parameter that
 * is given twice the first counts.
 */
export function query<Schema extends v.GenericSchema>(
  schema: Schema,
): MiddlewareHandler<BaseEnv, string, QueryInput<Schema>> {
  return async (c, next) => {
    const result = v.safeParse(schema, c.req.query());
    if (!result.success) throw invalidRequest(result.issues[0]);
    c.req.addValidatedData("query", result.output as Record<string, unknown>);
    await next();
  };
}
