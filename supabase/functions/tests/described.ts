/** Checks answers against docs/openapi.json: status, headers and body as the document has them. */
import { assert, assertEquals } from "@std/assert";
import { Ajv2020 } from "ajv";
import addFormats from "ajv-formats";
import document from "../../../docs/openapi.json" with { type: "json" };

/** The parts of the document that are read here. */
interface Document {
  paths: Record<string, Record<string, { responses: Record<string, Described> }>>;
  components: { headers: Record<string, { required?: boolean; schema: { type?: string } }> };
}

interface Described {
  headers: Record<string, { $ref: string }>;
  content?: Record<string, unknown>;
}

const { paths: PATHS, components: { headers: HEADERS } } = document as unknown as Document;
const HEADER_NAMES = new Set(Object.keys(HEADERS).map((name) => name.split(".")[0]));

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema(document, "openapi");

/**
 * Asserts that `response` is one the document describes for `method` and `path` (below `/functions/v1`,
 * with or without a query). Where it has no such operation the answer must be 404 or 405.
 */
export async function assertDescribed(
  { method, path }: { method: string; path: string },
  response: Response,
): Promise<void> {
  // Preflights are the browser's affair.
  if (method === "OPTIONS") return;
  const body = await response.clone().text();
  const [pathname = ""] = path.split("?");
  const template = findTemplate(`/${pathname.replace(/^\/|\/$/g, "")}`);
  const name = method === "HEAD" ? "get" : method.toLowerCase();
  const operations = PATHS[template ?? ""] ?? {};
  const where = `${method} ${path} answered ${response.status}`;
  const operation = operations[name];
  if (operation === undefined) {
    return assertNowhere(response, { body, methods: Object.keys(operations), where });
  }
  const described = operation.responses[response.status];
  if (described === undefined) throw new Error(`${where}, which is not described: ${body}`);
  assertHeaders(described.headers, response, where);
  if (method === "HEAD") return;
  const [type] = Object.keys(described.content ?? {});
  if (type === undefined) {
    return assertEquals(body, "", `${where} with a body that is not described`);
  }
  const given = response.headers.get("content-type")?.split(";")[0];
  assertEquals(given, type, `${where}: content-type`);
  if (type !== "application/json") return;
  const steps = ["paths", template, name, "responses", response.status, "content", type, "schema"];
  assertValid(pointerOf(steps), JSON.parse(body), where);
}

function findTemplate(path: string): string | undefined {
  return Object.keys(PATHS).find((template) =>
    new RegExp(`^${template.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(path)
  );
}

function assertNowhere(
  response: Response,
  { body, methods, where }: { body: string; methods: string[]; where: string },
): void {
  assertEquals(response.status, methods.length === 0 ? 404 : 405, where);
  assertValid(pointerOf(["components", "schemas", "Error"]), JSON.parse(body), where);
  const allow = response.headers.get("allow")?.toLowerCase().split(", ");
  for (const method of methods) assert(allow?.includes(method), `${where}: Allow lacks ${method}`);
}

function assertHeaders(
  described: Record<string, { $ref: string }>,
  { headers }: Response,
  where: string,
): void {
  for (const [name, { $ref }] of Object.entries(described)) {
    const component = $ref.replace("#/components/headers/", "");
    const { required, schema } = HEADERS[component] ?? { schema: {} };
    const text = headers.get(name);
    assert(text !== null || !required, `${where} without the header ${name}`);
    if (text === null) continue;
    const value = schema.type === "integer" ? Number(text) : text;
    assertValid(
      pointerOf(["components", "headers", component, "schema"]),
      value,
      `${where}: ${name}`,
    );
  }
  for (const name of headers.keys()) {
    if (HEADER_NAMES.has(name)) assert(name in described, `${where}: ${name} is not described`);
  }
}

function assertValid(pointer: string, value: unknown, where: string): void {
  const validate = ajv.getSchema(pointer) ?? ajv.compile({ $ref: pointer });
  if (validate(value)) return;
  const problems = ajv.errorsText(validate.errors);
  throw new Error(`${where} with ${JSON.stringify(value)}, not as described: ${problems}`);
}

function pointerOf(steps: readonly unknown[]): string {
  const path = steps.map((step) => String(step).replaceAll("~", "~0").replaceAll("/", "~1"));
  return `openapi#/${path.map(encodeURIComponent).join("/")}`;
}
