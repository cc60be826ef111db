/** How a function's openapi.ts describes its operations to the outside; never loaded at run time. */
import type { GenericSchema } from "valibot";
import type { ErrorCode } from "./errors.ts";

/** Headers of answers that the contract names. */
export type HeaderName =
  | "allow"
  | "etag"
  | "idempotent-replayed"
  | "location"
  | "ratelimit-limit"
  | "ratelimit-remaining"
  | "ratelimit-reset"
  | "retry-after"
  | "www-authenticate"
  | "x-request-id";

/** Whether an answer carries a header. `x-request-id` is on every answer and named nowhere. */
export type Headers = Partial<Record<HeaderName, "always" | "sometimes">>;

/** An answer that is no error. */
export interface Answer {
  status: number;
  description: string;
  /** Absent: the answer has no body. */
  schema?: GenericSchema;
  /** @default {"application/json"} */
  contentType?: string;
  headers?: Headers;
  example?: unknown;
}

/** One method at one path. */
export interface Operation {
  /** The `operationId`, a verb and what it acts on. */
  id: string;
  method: "get" | "post" | "put" | "delete";
  /** Below `/functions/v1`, with parameters in braces: `/generation/{id}`. */
  path: string;
  summary: string;
  description: string;
  /** What a caller has to show: a bearer token, a secret in a header, or nothing. */
  credential: "none" | "bearer" | "worker_secret" | "telegram_secret";
  /** Objects of parameters by name. */
  parameters?: { path?: ObjectSchema; query?: ObjectSchema; header?: ObjectSchema };
  body?: { schema: GenericSchema; example: unknown };
  answers: readonly Answer[];
  /** Every error it may answer with, beside `internal`. */
  errors: readonly ErrorCode[];
  /** Headers that some of its errors may carry beside those that come with the code. */
  errorHeaders?: Partial<Record<ErrorCode, Headers>>;
}

/** An object schema whose entries can be listed. */
export type ObjectSchema = GenericSchema & {
  readonly entries: Readonly<Record<string, GenericSchema>>;
};

/** What a function's openapi.ts exports as `description`. */
export interface FunctionDescription {
  /** The function's name; groups its operations. */
  name: string;
  about: string;
  /** Schemas with a name of their own in the document. */
  schemas: Readonly<Record<string, GenericSchema>>;
  operations: readonly Operation[];
}
