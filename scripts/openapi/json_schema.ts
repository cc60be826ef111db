/** Turns valibot schemas into the document's JSON schemas. */
import { type ConversionConfig, toJsonSchema, toJsonSchemaDefs } from "@valibot/to-json-schema";
import type { GenericSchema } from "valibot";
import type { ObjectSchema } from "../../supabase/functions/_shared/http/operation.ts";
import type { JsonObject } from "./json_object.ts";

/** What a schema demands beyond what JSON schema can say; its metadata says it as far as it goes. */
const BEYOND_JSON_SCHEMA = ["check", "trim", "transform", "raw_transform"];

/** Converts schemas; those of `named` become references to components. */
export interface SchemaConverter {
  convert(schema: GenericSchema): JsonObject;
  /** A parameter for each entry of an object schema. */
  parameters(place: "path" | "query" | "header", schema: ObjectSchema | undefined): JsonObject[];
  /** The components. */
  components(): JsonObject;
}

/** Makes a converter; what clients send is described as they send it, before defaults are filled in. */
export function createSchemaConverter(
  named: Readonly<Record<string, GenericSchema>>,
): SchemaConverter {
  const config: ConversionConfig = {
    target: "draft-2020-12",
    typeMode: "input",
    ignoreActions: BEYOND_JSON_SCHEMA,
    definitions: { ...named },
    overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}`,
  };

  function convert(schema: GenericSchema): JsonObject {
    const name = Object.keys(named).find((key) => named[key] === schema);
    if (name !== undefined) return { $ref: `#/components/schemas/${name}` };
    const { $schema: _, $defs: __, ...converted } = toJsonSchema(schema, config);
    return converted as JsonObject;
  }

  return {
    convert,
    parameters(place, schema) {
      const { properties = {}, required = [] } = schema === undefined
        ? {}
        : convert(schema) as { properties?: Record<string, JsonObject>; required?: string[] };
      return Object.entries(properties).map(([name, { description, ...property }]) => ({
        name,
        in: place,
        ...(required.includes(name) && { required: true }),
        ...(description !== undefined && { description }),
        schema: asParameter(property),
      }));
    },
    components: () => toJsonSchemaDefs({ ...named }, config) as JsonObject,
  };
}

// A number in a query is text, and described as the number that it stands for.
function asParameter(schema: JsonObject): JsonObject {
  if (schema.type !== "integer") return schema;
  const { pattern: _, default: text, ...rest } = schema;
  return { ...rest, ...(text !== undefined && { default: Number(text) }) };
}
