/** The `data` of a `postgres_changes` event, as clients read it. */
import type { Change, Values } from "./pgoutput.ts";
import type { TableShape } from "./table_shapes.ts";

/** JSON texts in column order; undefined: not sent by Postgres. */
export type JsonValues = (string | undefined)[];

/** A changed row with its values as JSON. */
export interface ChangeView {
  change: Change;
  committedAt: Date;
  shape: TableShape;
  after: JsonValues | null;
  before: JsonValues | null;
}

/** Rows above this many bytes are sent without their large values, as upstream. */
const MAX_ROW_BYTES = 1024 * 1024;
const MAX_VALUE_BYTES = 64;

/** Why a role gets no row, if so: the table has no key to check it by, or the role may not read the key. */
export function rowError(change: Change, shape: TableShape, role: string): string | null {
  if (change.type === "DELETE") return null;
  if (shape.primaryKey.length === 0) return "Error 400: Bad Request, no primary key";
  const selectable = shape.selectable.get(role);
  const isReadable = shape.primaryKey.every((column) => selectable?.has(column));
  return isReadable ? null : "Error 401: Unauthorized";
}

/** The JSON text for those who may see `columns` of the row. */
export function changeData(view: ChangeView, columns: Set<string>): string {
  const { change, shape } = view;
  const { relation } = change;
  const isTooLarge = bytesOf(change.after) + bytesOf(change.before) > MAX_ROW_BYTES;
  const rowOf = (values: JsonValues, isSent = (_name: string) => true): string => {
    const fields = relation.columns.flatMap(({ name }, i) => {
      const value = values[i];
      if (value === undefined || !columns.has(name) || !isSent(name)) return [];
      if (isTooLarge && value.length > MAX_VALUE_BYTES) return [];
      return [`${JSON.stringify(name)}:${value}`];
    });
    return `{${fields.join(",")}}`;
  };
  const types = [...shape.columns.values()].filter(({ name }) => columns.has(name))
    .map(({ name, typeName }) => ({ name, type: typeName }));
  const parts = [headOf(view), `"columns":${JSON.stringify(types)}`];
  if (view.after !== null) parts.push(`"record":${rowOf(view.after)}`);
  if (view.before !== null && change.type !== "INSERT") {
    // A deleted row cannot be checked, so only its key is told where rows are secured.
    const isKeyOnly = change.type === "DELETE" && shape.hasRowSecurity;
    const isSent = (name: string) => !isKeyOnly || shape.primaryKey.includes(name);
    parts.push(`"old_record":${rowOf(view.before, isSent)}`);
  }
  parts.push(`"errors":${isTooLarge ? '["Error 413: Payload Too Large"]' : "null"}`);
  return `{${parts.join(",")}}`;
}

/** The JSON text for those who are told of a change, and why not of the row. */
export function errorData(view: Omit<ChangeView, "after" | "before">, error: string): string {
  return `{${headOf(view)},"columns":[],"record":{},"errors":${JSON.stringify([error])}}`;
}

function headOf({ change, committedAt }: Pick<ChangeView, "change" | "committedAt">): string {
  const { schema, table } = change.relation;
  const head = {
    schema,
    table,
    "commit_timestamp": committedAt.toISOString(),
    type: change.type,
  };
  return JSON.stringify(head).slice(1, -1);
}

function bytesOf(values: Values | null): number {
  return (values ?? []).reduce((sum, value) => sum + (value?.length ?? 0), 0);
}
