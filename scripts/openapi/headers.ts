/** The headers of answers as the document describes them. */
import type { ErrorCode } from "../../supabase/functions/_shared/http/errors.ts";
import type { HeaderName, Headers } from "../../supabase/functions/_shared/http/operation.ts";
import type { JsonObject } from "./json_object.ts";

const SECONDS = { type: "integer", minimum: 1 };
const COUNT = { type: "integer", minimum: 0 };

/** Description and schema of each header. */
export const HEADER_DESCRIPTIONS: Readonly<Record<HeaderName, JsonObject>> = {
  "allow": { description: "Methods that the address has.", schema: { type: "string" } },
  "etag": {
    description: "Changes with the body; send it back as `If-None-Match`.",
    schema: { type: "string", pattern: '^"[0-9a-f]+"$' },
  },
  "idempotent-replayed": {
    description: "The answer is the first one under the same `Idempotency-Key`.",
    schema: { const: "true" },
  },
  "location": {
    description: "Path of what was made.",
    schema: { type: "string", format: "uri-reference" },
  },
  "ratelimit-limit": { description: "Size of the user's bucket.", schema: SECONDS },
  "ratelimit-remaining": { description: "What is left in it.", schema: COUNT },
  "ratelimit-reset": { description: "Seconds until there is one more.", schema: SECONDS },
  "retry-after": { description: "Seconds to wait before the next request.", schema: COUNT },
  "www-authenticate": {
    description: "The scheme that is wanted.",
    schema: { type: "string", pattern: "^Bearer" },
  },
  "x-request-id": {
    description: "Names the request in the log; the same as in an error's body.",
    schema: { type: "string", minLength: 1, maxLength: 64 },
  },
};

/** Headers that an error carries by its code. */
export function headersOfError(code: ErrorCode, status: number, credential: string): Headers {
  if (status === 429 || status === 503) return { "retry-after": "always" };
  if (code === "unauthorized" && credential === "bearer") return { "www-authenticate": "always" };
  if (code === "method_not_allowed") return { allow: "always" };
  return code === "internal" ? { "retry-after": "sometimes" } : {};
}

/** The `headers` of an answer: references, and whether each must be there. */
export function describeHeaders(headers: Headers): JsonObject {
  const all: Headers = { "x-request-id": "always", ...headers };
  return Object.fromEntries(
    Object.entries(all).map(([name, presence]) => [
      name,
      { $ref: `#/components/headers/${componentName(name, presence)}` },
    ]),
  );
}

/** Every header component: one that is always there and one that may be missing, by name. */
export function headerComponents(used: ReadonlySet<string>): JsonObject {
  const components: JsonObject = {};
  for (const [name, description] of Object.entries(HEADER_DESCRIPTIONS)) {
    for (const presence of ["always", "sometimes"] as const) {
      const component = componentName(name, presence);
      if (!used.has(component)) continue;
      components[component] = { ...description, ...(presence === "always" && { required: true }) };
    }
  }
  return components;
}

function componentName(name: string, presence: "always" | "sometimes"): string {
  return presence === "always" ? name : `${name}.sometimes`;
}
