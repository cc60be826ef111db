/** PostgREST's query string grammar: select, filters, logic trees, order, limit and offset become a tree. */
import { ApiError, notImplemented } from "./errors.ts";
import { Cursor } from "./cursor.ts";

/** A column, or a place inside a JSON column. */
export interface Field {
  name: string;
  path: { arrow: "->" | "->>"; key: string }[];
}

export interface SelectItem {
  field: Field;
  cast?: string;
  alias?: string;
}

/** `column=not.op(any).value`; an array `value` belongs to `in`. */
export interface Filter {
  kind: "filter";
  negated: boolean;
  field: Field;
  operator: string;
  quantifier?: "any" | "all";
  language?: string;
  value: string | string[];
}

/** `or=(…)` and `and=(…)`. */
export interface Logic {
  kind: "and" | "or";
  negated: boolean;
  conditions: Condition[];
}

export type Condition = Filter | Logic;

export interface OrderTerm {
  field: Field;
  direction?: "asc" | "desc";
  nulls?: "first" | "last";
}

/** What a query string asks for. `inputs` are the parameters that are no filter: the arguments of `GET /rpc/…`. */
export interface Query {
  select: SelectItem[];
  conditions: Condition[];
  order: OrderTerm[];
  limit: number | undefined;
  offset: number;
  columns: string[] | undefined;
  onConflict: string[] | undefined;
  inputs: [string, string][];
}

/**
 * Reads a query string.
 *
 * @param options.allowInputs `GET /rpc/…`: what does not read as a filter is an argument, not an error.
 * @throws {ApiError} PGRST100 for what cannot be read, PGRST108, 123 and 127 for embedding and aggregates.
 */
export function parseQuery(parameters: URLSearchParams, options: { allowInputs: boolean }): Query {
  const query: Query = {
    select: [{ field: { name: "*", path: [] } }],
    conditions: [],
    order: [],
    limit: undefined,
    offset: 0,
    columns: undefined,
    onConflict: undefined,
    inputs: [],
  };
  for (const [name, value] of parameters) readParameter(query, name, value, options.allowInputs);
  return query;
}

function readParameter(query: Query, name: string, value: string, allowInputs: boolean): void {
  if (name === "select") query.select = parseList("select parameter", value, readSelectItem);
  else if (name === "order") query.order = parseList("order", value, readOrderTerm);
  else if (name === "columns") {
    query.columns = parseList("columns parameter", value, (cursor) => cursor.name());
  } else if (name === "on_conflict") {
    query.onConflict = parseList("on_conflict parameter", value, (cursor) => cursor.name());
  } else if (name === "limit") query.limit = readInteger(value) ?? query.limit;
  else if (name === "offset") query.offset = readInteger(value) ?? query.offset;
  else if (/^(not\.)?(and|or)$/.test(name)) {
    query.conditions.push(parseWhole("logic tree", value, (cursor) => readLogic(cursor, name)));
  } else if (allowInputs && !looksLikeFilter(value)) query.inputs.push([name, value]);
  else query.conditions.push(parseFilter(name, value));
}

function readInteger(text: string): number | undefined {
  return /^-?\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function parseWhole<T>(what: string, text: string, read: (cursor: Cursor) => T): T {
  const cursor = new Cursor(text, `failed to parse ${what} (${text})`);
  const result = read(cursor);
  if (!cursor.atEnd()) throw cursor.unexpected("end of input");
  return result;
}

function parseList<T>(what: string, text: string, read: (cursor: Cursor) => T): T[] {
  return text === ""
    ? []
    : parseWhole(what, text, (cursor) => cursor.separated(() => read(cursor)));
}

function readField(cursor: Cursor): Field {
  const name = cursor.name();
  const path: Field["path"] = [];
  for (let arrow = cursor.take(/->>?/y); arrow !== undefined; arrow = cursor.take(/->>?/y)) {
    path.push({ arrow: arrow as "->" | "->>", key: cursor.key() });
  }
  return { name, path };
}

function readSelectItem(cursor: Cursor): SelectItem {
  if (cursor.take(/\s*\*\s*(?=,|$)/y) !== undefined) return { field: { name: "*", path: [] } };
  if (cursor.take(/\.\.\./y) !== undefined) throw notImplemented("resource embedding");
  let field = readField(cursor);
  let alias: string | undefined;
  if (field.path.length === 0 && cursor.take(/:(?!:)/y) !== undefined) {
    alias = field.name;
    field = readField(cursor);
  }
  const cast = cursor.take(/::/y) === undefined
    ? undefined
    : cursor.expect(/[\w $]+/y, "a type").trim();
  if (cursor.take(/(\.(sum|avg|count|min|max))?\(\)/y) !== undefined) throw aggregatesNotAllowed();
  if (cursor.take(/[!(]/y) !== undefined) throw notImplemented("resource embedding");
  return {
    field,
    ...(cast === undefined ? {} : { cast }),
    ...(alias === undefined ? {} : { alias }),
  };
}

function aggregatesNotAllowed(): ApiError {
  const message = "Use of aggregate functions is not allowed";
  return new ApiError({ status: 400, code: "PGRST123", message });
}

function readOrderTerm(cursor: Cursor): OrderTerm {
  const field = readField(cursor);
  if (cursor.take(/\(/y) !== undefined) throw notImplemented("order by an embedded resource");
  const direction = cursor.take(/\.(asc|desc)(?=[.,]|$)/y)?.slice(1);
  const nulls = cursor.take(/\.nulls(first|last)(?=,|$)/y)?.slice(".nulls".length);
  return {
    field,
    ...(direction === undefined ? {} : { direction: direction as "asc" | "desc" }),
    ...(nulls === undefined ? {} : { nulls: nulls as "first" | "last" }),
  };
}

const OPERATION =
  /(not\.)?(?:(in|is|isdistinct|neq|cs|cd|ov|sl|sr|nxr|nxl|adj)|(fts|plfts|phfts|wfts)(?:\(([\w $]+)\))?|(eq|gte|gt|lte|lt|like|ilike|match|imatch)(?:\((any|all)\))?)\./y;

function looksLikeFilter(value: string): boolean {
  OPERATION.lastIndex = 0;
  return OPERATION.test(value);
}

function parseFilter(name: string, value: string): Filter {
  const field = parseWhole("tree path", name, (cursor) => {
    const it = readField(cursor);
    if (cursor.take(/\./y) !== undefined) throw notEmbedded(it.name);
    return it;
  });
  return parseWhole("filter", value, (cursor) => readOperation(cursor, field, (it) => it.rest()));
}

function notEmbedded(resource: string): ApiError {
  return new ApiError({
    status: 400,
    code: "PGRST108",
    message: `'${resource}' is not an embedded resource in this request`,
    hint: `Verify that '${resource}' is included in the 'select' query parameter.`,
  });
}

/** `op.value`; `readValue` differs between a whole parameter and the inside of a logic tree. */
function readOperation(
  cursor: Cursor,
  field: Field,
  readValue: (cursor: Cursor) => string,
): Filter {
  const match = cursor.match(OPERATION);
  if (match === undefined) throw cursor.unexpected('"not" or operator (eq, gt, ...)');
  const [, not, plain, search, language, quantified, quantifier] = match;
  const operator = plain ?? search ?? quantified ?? "";
  return {
    kind: "filter",
    negated: not !== undefined,
    field,
    operator,
    value: operator === "in" ? cursor.list() : readValue(cursor),
    ...(language === undefined ? {} : { language }),
    ...(quantifier === undefined ? {} : { quantifier: quantifier as "any" | "all" }),
  };
}

function readLogic(cursor: Cursor, operator: string): Logic {
  cursor.expect(/\s*\(\s*/y, '"("');
  const conditions = cursor.separated(() => readLogicElement(cursor));
  cursor.expect(/\s*\)\s*/y, '")"');
  const kind = operator.endsWith("and") ? "and" : "or";
  return { kind, negated: operator.startsWith("not."), conditions };
}

function readLogicElement(cursor: Cursor): Condition {
  const operator = cursor.take(/\s*(not\.)?(and|or)(?=\s*\()/y);
  if (operator !== undefined) return readLogic(cursor, operator.trim());
  const field = readField(cursor);
  cursor.expect(/\./y, "delimiter (.)");
  return readOperation(cursor, field, (it) => it.logicValue());
}
