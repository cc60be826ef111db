/** The `postgres_changes` bindings of a join: read, given ids, and judged against the catalog. */
import type postgres from "postgres";
import { type Condition, conditionSql, parseFilter } from "./filters.ts";
import { asObject } from "./protocol.ts";
import type { TableShape, TableShapes } from "./table_shapes.ts";

/** What one binding of a client asks for. */
export interface Binding {
  /** The same for the same request, as upstream: the client matches events by it. */
  id: number;
  /** Upper case, or "*". */
  event: string;
  schema: string;
  /** Null: every table of the schema. */
  table: string | null;
  /** A condition that is looked up by the column's text value instead of being evaluated. */
  lookup: { column: string; value: string } | null;
  /** Conditions for Postgres to evaluate. */
  conditions: Condition[];
  /** Null: every column. */
  select: string[] | null;
}

/** A binding Realtime cannot serve. `message` is the wire text. */
export class BindingError extends Error {
  override name = "BindingError";
}

/** The id of a binding: a hash of 27 bits of what the client sent. */
export function bindingId(request: Record<string, unknown>): number {
  let hash = 0x811c9dc5;
  for (const char of JSON.stringify(request)) {
    hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  }
  return (hash >>> 0) % 2 ** 27;
}

/** Where bindings are judged. */
export interface BindingContext {
  sql: postgres.Sql;
  shapes: TableShapes;
  role: string;
}

/**
 * Judges the request of a client as the subscription trigger upstream does: the table is published,
 * the role may SELECT the filtered columns, and the values can be cast to their types.
 *
 * @throws {BindingError | FilterError} With what the client is told.
 * @throws {Error} When Postgres is not reachable.
 */
export async function readBinding(request: unknown, context: BindingContext): Promise<Binding> {
  const params = asObject(request);
  const { event, schema, table, filter, select } = params;
  if (typeof event !== "string" || typeof schema !== "string") {
    throw new BindingError(
      "Error parsing `postgres_changes` params: event and schema are required",
    );
  }
  const binding: Binding = {
    id: bindingId(params),
    event: event.toUpperCase(),
    schema,
    table: typeof table === "string" && table !== "" && table !== "*" ? table : null,
    lookup: null,
    conditions: typeof filter === "string" && filter !== "" ? parseFilter(filter) : [],
    select: Array.isArray(select) ? select.map(String) : null,
  };
  if (binding.table === null) {
    if (binding.conditions.length === 0 && binding.select === null) return binding;
    throw new BindingError(`${refusalOf(params)}: a filter needs a table`);
  }
  const shape = await context.shapes.load(schema, binding.table, [context.role]);
  if (shape === null || !shape.isPublished) throw new BindingError(refusalOf(params));
  const columns = [...binding.conditions.map(({ column }) => column), ...binding.select ?? []];
  const unreadable = columns.find((column) => !shape.selectable.get(context.role)?.has(column));
  if (unreadable !== undefined) {
    throw new BindingError(`${refusalOf(params)}: invalid column for filter ${unreadable}`);
  }
  try {
    return await withLookup(binding, { shape, sql: context.sql });
  } catch (error) {
    // Class 22: a value that cannot be cast; class 42: an operator the type does not have.
    const { code, message } = error as { code?: string; message: string };
    if (!code?.startsWith("22") && !code?.startsWith("42")) throw error;
    throw new BindingError(`${refusalOf(params)}: ${message}`, { cause: error });
  }
}

/** Has Postgres evaluate the conditions once, on null, and takes out the first that can be looked up. */
async function withLookup(
  binding: Binding,
  { shape, sql }: { shape: TableShape; sql: postgres.Sql },
): Promise<Binding> {
  if (binding.conditions.length === 0) return binding;
  const typeOf = ({ column }: Condition) => shape.columns.get(column)?.type ?? "text";
  const index = binding.conditions.findIndex(({ column, operator, isNegated }) =>
    operator === "eq" && !isNegated && shape.columns.get(column)?.isTextEqual
  );
  const found = binding.conditions[index];
  const checks = binding.conditions.map((condition) =>
    conditionSql(condition, `null::${typeOf(condition)}`, typeOf(condition))
  );
  const value = found === undefined ? "null" : `$1::text::${typeOf(found)}::text`;
  const [row] = await sql.unsafe(
    `select ${value} as value, ${checks.join(", ")}`,
    found === undefined ? [] : [found.values[0] ?? ""],
  );
  if (found === undefined) return binding;
  return {
    ...binding,
    lookup: { column: found.column, value: row?.value },
    conditions: binding.conditions.toSpliced(index, 1),
  };
}

function refusalOf({ event, schema, table, filter }: Record<string, unknown>): string {
  const parts = Object.entries({ event, schema, table, filter })
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => `${name}: ${value}`);
  return "Unable to subscribe to changes with given parameters. Please check Realtime is enabled " +
    `for the given connect parameters: [${parts.join(", ")}]`;
}
