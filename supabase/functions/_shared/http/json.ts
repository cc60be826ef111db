/** Reads a request's JSON body by a schema, never more of it than allowed. */
import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import * as v from "valibot";
import type { BaseEnv } from "./app.ts";
import { AppError, type ErrorCode } from "./errors.ts";
import { invalidRequest } from "./invalid_request.ts";

/** How a body is read. */
export interface JsonOptions {
  maxBytes: number;
  /**
   * What a body of more than `maxBytes` is answered with.
   * @default {"payload_too_large"}
   */
  overLimit?: ErrorCode;
}

/** The middleware's part in the types of a route. */
interface JsonInput<Schema extends v.GenericSchema> {
  in: { json: v.InferInput<Schema> };
  out: { json: v.InferOutput<Schema> };
}

/**
 * Makes the middleware: `app.post("/", json(schema, { maxBytes }), (c) => … c.req.valid("json") …)`.
 *
 * Answers `invalid_request` to a body that is absent, broken off, no JSON object in UTF-8, or not
 * as the schema wants it. The content type is not looked at.
 */
export function json<Schema extends v.GenericSchema>(
  schema: Schema,
  { maxBytes, overLimit = "payload_too_large" }: JsonOptions,
): MiddlewareHandler<BaseEnv, string, JsonInput<Schema>> {
  const limit = bodyLimit({
    maxSize: maxBytes,
    onError() {
      throw new AppError(overLimit, `Cannot read the body: it is longer than ${maxBytes} bytes`);
    },
  });
  return async (c, next) => {
    await limit(c, async () => {
      const result = v.safeParse(schema, parseObject(await c.req.arrayBuffer()));
      if (!result.success) throw invalidRequest(result.issues[0]);
      c.req.addValidatedData("json", result.output as Record<string, unknown>);
    }).catch(explainReadError);
    await next();
  };
}

function parseObject(bytes: ArrayBuffer): object {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    // The parser's own message quotes the body, which must not reach a log: no cause.
    throw new AppError("invalid_request", "Cannot read the body: it is not JSON in UTF-8");
  }
  // Object schemas take lists too.
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new AppError("invalid_request", "Cannot read the body: it is not a JSON object");
}

function explainReadError(cause: unknown): never {
  if (cause instanceof AppError) throw cause;
  throw new AppError("invalid_request", "Cannot read the body: it broke off", { cause });
}
