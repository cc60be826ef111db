/** The answers of an operation as the document describes them. */
import { ERROR_STATUS, type ErrorCode } from "../../supabase/functions/_shared/http/errors.ts";
import type {
  Answer,
  Headers,
  Operation,
} from "../../supabase/functions/_shared/http/operation.ts";
import { EXAMPLE_MESSAGES } from "./error_texts.ts";
import { describeHeaders, headersOfError } from "./headers.ts";
import type { JsonObject } from "./json_object.ts";
import type { SchemaConverter } from "./json_schema.ts";

const EXAMPLE_REQUEST_ID = "5f0c7e0d9b1a4c3e8f2d6a7b9c0d1e2f";

/** Every answer of `operation` by its status, errors too. */
export function describeResponses(operation: Operation, schemas: SchemaConverter): JsonObject {
  const responses: JsonObject = {};
  for (const answer of operation.answers) {
    responses[answer.status] = describeAnswer(answer, schemas);
  }
  const codes: ErrorCode[] = [...operation.errors, "internal"];
  for (const status of new Set(codes.map((code) => ERROR_STATUS[code]))) {
    const ofStatus = codes.filter((code) => ERROR_STATUS[code] === status);
    responses[status] = describeError(ofStatus, status, operation);
  }
  return responses;
}

function describeAnswer(answer: Answer, schemas: SchemaConverter): JsonObject {
  const { description, schema, headers = {}, example, contentType = "application/json" } = answer;
  return {
    description,
    headers: describeHeaders(headers),
    ...(schema !== undefined && {
      content: {
        [contentType]: {
          schema: schemas.convert(schema),
          ...(example !== undefined && { example }),
        },
      },
    }),
  };
}

function describeError(codes: readonly ErrorCode[], status: number, operation: Operation) {
  const examples = codes.map((code) => [code, {
    value: { code, message: EXAMPLE_MESSAGES[code], request_id: EXAMPLE_REQUEST_ID },
  }]);
  return {
    description: codes.map((code) => `\`${code}\``).join(", "),
    headers: describeHeaders(errorHeaders(codes, status, operation)),
    content: {
      "application/json": {
        schema: {
          allOf: [
            { $ref: "#/components/schemas/Error" },
            { type: "object", properties: { code: { enum: codes } } },
          ],
        },
        examples: Object.fromEntries(examples),
      },
    },
  };
}

/** A header that only some of the codes carry is there sometimes. */
function errorHeaders(codes: readonly ErrorCode[], status: number, operation: Operation): Headers {
  const each: Headers[] = codes.map((code) => ({
    ...headersOfError(code, status, operation.credential),
    ...operation.errorHeaders?.[code],
  }));
  const headers: Headers = {};
  for (const name of each.flatMap((of) => Object.keys(of) as (keyof Headers)[])) {
    headers[name] = each.every((of) => of[name] === "always") ? "always" : "sometimes";
  }
  return headers;
}
