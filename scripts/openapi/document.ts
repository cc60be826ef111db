/** Makes the OpenAPI document of what the functions say of themselves. */
import type {
  FunctionDescription,
  Operation,
} from "../../supabase/functions/_shared/http/operation.ts";
import { headerComponents } from "./headers.ts";
import type { JsonObject } from "./json_object.ts";
import { createSchemaConverter, type SchemaConverter } from "./json_schema.ts";
import { describeResponses } from "./responses.ts";

const ERROR = {
  type: "object",
  description: "Every error, everywhere.",
  properties: {
    code: { type: "string", description: "For programs; see each operation." },
    message: { type: "string", description: "For people." },
    request_id: { type: "string", description: "The same as in the header `x-request-id`." },
  },
  required: ["code", "message", "request_id"],
};

/** How each credential is shown. */
const SECURITY_SCHEMES: Readonly<Record<string, JsonObject>> = {
  bearer: {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
    description: "The `access_token` of a login.",
  },
  worker_secret: {
    type: "apiKey",
    in: "header",
    name: "apikey",
    description: "The secret that the database's webhook and the functions share.",
  },
  telegram_secret: {
    type: "apiKey",
    in: "header",
    name: "X-Telegram-Bot-Api-Secret-Token",
    description: "The secret that Telegram was given with the webhook's address.",
  },
};

/** The whole document, OpenAPI 3.1. */
export function makeDocument(functions: readonly FunctionDescription[]): JsonObject {
  const named = Object.assign({}, ...functions.map(({ schemas }) => schemas));
  const schemas = createSchemaConverter(named);
  const operations = functions.flatMap((each) =>
    each.operations.map((operation) => ({ operation, tag: each.name }))
  );
  const paths: Record<string, JsonObject> = {};
  for (const { operation, tag } of operations) {
    const path = paths[operation.path] ??= {};
    path[operation.method] = describeOperation(operation, { tag, schemas });
  }
  const credentials = new Set(operations.map(({ operation }) => operation.credential));
  return {
    openapi: "3.1.0",
    info: {
      title: "PixelPop",
      version: "1.0.0",
      description:
        "AI images for credits, in a Telegram Mini App. JSON in, JSON out; pages of the " +
        "configured origins may call it. Every answer carries `x-request-id`.",
      contact: { name: "The operators of this PixelPop" },
    },
    servers: [{
      url: "{supabase_url}/functions/v1",
      description: "The project, or the embedded stack.",
      variables: { supabase_url: { default: "http://127.0.0.1:54321" } },
    }],
    tags: functions.map(({ name, about }) => ({ name, description: about })),
    paths,
    components: {
      schemas: { Error: ERROR, ...schemas.components() },
      headers: headerComponents(referencesOf(paths)),
      securitySchemes: Object.fromEntries(
        Object.entries(SECURITY_SCHEMES).filter(([name]) => credentials.has(name as never)),
      ),
    },
  };
}

function describeOperation(
  operation: Operation,
  { tag, schemas }: { tag: string; schemas: SchemaConverter },
): JsonObject {
  const { id, summary, description, credential, parameters = {}, body } = operation;
  const described = (["path", "query", "header"] as const)
    .flatMap((place) => schemas.parameters(place, parameters[place]));
  return {
    operationId: id,
    tags: [tag],
    summary,
    description,
    security: credential === "none" ? [] : [{ [credential]: [] }],
    ...(described.length > 0 && { parameters: described }),
    ...(body !== undefined && {
      requestBody: {
        required: true,
        content: {
          "application/json": { schema: schemas.convert(body.schema), example: body.example },
        },
      },
    }),
    responses: describeResponses(operation, schemas),
  };
}

/** The names of the header components that are referred to. */
function referencesOf(paths: JsonObject): Set<string> {
  const found = JSON.stringify(paths).matchAll(/"#\/components\/headers\/([^"]+)"/g);
  return new Set([...found].map(([, name]) => name ?? ""));
}
