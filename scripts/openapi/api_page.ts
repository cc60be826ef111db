/** Writes docs/api.md from the OpenAPI document. */
import type { JsonSchema, OpenApi, OpenApiOperation, OpenApiResponse } from "./read_document.ts";
import { writeWalkthrough } from "./walkthrough.ts";

/** Where an operation's credential comes from, by the name of its scheme. */
const CREDENTIALS: Readonly<Record<string, string>> = {
  bearer: "A header `Authorization: Bearer <access token>`.",
  worker_secret: "A header `apikey` with `WORKER_SECRET`.",
  telegram_secret: "A header `X-Telegram-Bot-Api-Secret-Token` with `TELEGRAM_WEBHOOK_SECRET`.",
};

/** The page in Markdown, not formatted yet. */
export function writeApiPage(document: OpenApi): string {
  const { info, tags, components } = document;
  const sections = tags.map(({ name, description }) =>
    `## ${name}\n\n${description}\n\n${writeOperations(document, name)}`
  );
  const schemas = Object.entries(components.schemas).map(([name, schema]) =>
    `### ${name}\n\n${schema.description ?? ""}\n\n${writeFields(schema)}`
  );
  return `# API

<!-- Written by "deno task gen:openapi" from docs/openapi.json; not to be edited. -->

${info.description} The base URL is \`$SUPABASE_URL/functions/v1\`. For programs:
[openapi.json](openapi.json) (OpenAPI 3.1).

## The first picture, with curl

${writeWalkthrough(document)}

${sections.join("\n\n")}

## Types

${schemas.join("\n\n")}

## Headers

${writeHeaders(document)}
`;
}

function writeOperations({ paths }: OpenApi, tag: string): string {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { tags }]) => tags.includes(tag))
      .map(([method, operation]) => writeOperation(`${method.toUpperCase()} ${path}`, operation))
  ).join("\n\n");
}

function writeOperation(title: string, operation: OpenApiOperation): string {
  const { description, security, parameters = [], requestBody, responses } = operation;
  const credentials = security.flatMap(Object.keys).map((name) => CREDENTIALS[name] ?? name);
  const body = requestBody?.content["application/json"];
  const rows = parameters.map(({ name, in: place, required, description, schema }) =>
    [`\`${name}\``, place, describeType(schema, required), description ?? ""] as const
  );
  return [
    `### ${title}`,
    description,
    ...credentials,
    rows.length === 0 ? "" : writeTable(["parameter", "in", "type", ""], rows),
    body === undefined ? "" : `Body: ${describeType(body.schema, true)}, such as`,
    body === undefined ? "" : writeJson(body.example),
    writeTable(
      ["status", "", "headers"],
      Object.entries(responses).map(([status, response]) => [
        status,
        `${response.description} ${describeBody(response)}`.trim(),
        Object.keys(response.headers).filter((name) => name !== "x-request-id")
          .map((name) => `\`${name}\``).join(", "),
      ]),
    ),
    ...Object.values(responses).slice(0, 1).map(writeExample),
  ].filter((part) => part !== "").join("\n\n");
}

function describeBody({ content }: OpenApiResponse): string {
  const [[type, media] = []] = Object.entries(content ?? {});
  if (type === undefined || media === undefined || media.examples !== undefined) return "";
  return type === "application/json" ? describeType(media.schema, true) : `\`${type}\``;
}

function writeExample({ content }: OpenApiResponse): string {
  const example = content?.["application/json"]?.example;
  return example === undefined ? "" : `Answer:\n\n${writeJson(example)}`;
}

function writeFields({ properties = {}, required = [] }: JsonSchema): string {
  return writeTable(
    ["field", "type", ""],
    Object.entries(properties).map(([name, schema]) => [
      `\`${name}\``,
      describeType(schema, required.includes(name)),
      schema.description ?? "",
    ]),
  );
}

/** A schema in a few words, such as `integer, 1 to 100, default 20`. */
function describeType(schema: JsonSchema, isRequired = false): string {
  const words = [typeName(schema)];
  const { minimum = schema.minLength, maximum = schema.maxLength } = schema;
  if (maximum !== undefined) words.push(`${minimum ?? 0} to ${maximum}`);
  if (schema.default !== undefined) words.push(`default \`${schema.default}\``);
  else if (!isRequired) words.push("optional");
  return words.join(", ");
}

function typeName(schema: JsonSchema): string {
  const name = schema.$ref?.split("/").at(-1);
  if (name !== undefined) return `[${name}](#${name.toLowerCase()})`;
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(", ");
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeName).join(" or ");
  if (schema.items !== undefined) return `list of ${typeName(schema.items)}`;
  if (schema.properties !== undefined) {
    return `{ ${Object.keys(schema.properties).map((key) => `\`${key}\``).join(", ")} }`;
  }
  return schema.format ?? schema.type ?? "anything";
}

function writeHeaders({ components }: OpenApi): string {
  const descriptions = new Map(
    Object.entries(components.headers).map(([name, { description }]) =>
      [name.split(".")[0] ?? name, description] as const
    ),
  );
  const rows = [...descriptions].map(([name, description]) =>
    [`\`${name}\``, description] as const
  );
  return writeTable(["header", ""], rows);
}

function writeTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const lines = [head, head.map(() => "---"), ...rows];
  return lines.map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`)
    .join("\n");
}

function writeJson(value: unknown): string {
  return `\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\``;
}
