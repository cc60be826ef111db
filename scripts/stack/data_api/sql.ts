/** Small pieces of SQL text: quoted names and values, conditions, select lists, orders and pages. */
import { ApiError } from "./errors.ts";
import type { Condition, Field, Filter, OrderTerm, SelectItem } from "./query_string.ts";

/** Quotes a value, whatever `standard_conforming_strings` says; its type is inferred, as a parameter's would be. */
export function quoteLiteral(value: string): string {
  if (value.includes("\0")) throw nulCharacter();
  const quoted = `'${value.replaceAll("'", "''")}'`;
  return value.includes("\\") ? `E${quoted.replaceAll("\\", "\\\\")}` : quoted;
}

/** What Postgres says of a NUL, which its texts cannot hold. */
function nulCharacter(): ApiError {
  const message = 'invalid byte sequence for encoding "UTF8": 0x00';
  return new ApiError({ status: 400, code: "22021", message });
}

/** Quotes a name, so that it can never be read as anything but a name. */
export function quoteName(name: string): string {
  if (name.includes("\0")) throw nulCharacter();
  return `"${name.replaceAll('"', '""')}"`;
}

/** `"schema"."name"` */
export function qualifiedName(schema: string, name: string): string {
  return `${quoteName(schema)}.${quoteName(name)}`;
}

/** A field of relation `from` (already quoted), with its JSON path. */
export function renderField(from: string, field: Field): string {
  const column = field.name === "*" ? `${from}.*` : `${from}.${quoteName(field.name)}`;
  if (field.path.length === 0) return column;
  const steps = field.path.map(({ arrow, key }) =>
    `${arrow}${quoteLiteral(key)}${/^-?\d+$/.test(key) ? "::int" : "::text"}`
  );
  return `to_jsonb(${column})${steps.join("")}`;
}

/** The select list over relation `from`; a JSON path without an alias is named by its last key. */
export function renderSelect(from: string, items: SelectItem[]): string {
  return items.map(({ field, cast, alias }) => {
    const value = renderField(from, field);
    const name = alias ?? lastKey(field);
    return (cast === undefined ? value : `cast(${value} as ${cast})`) +
      (name === undefined ? "" : ` as ${quoteName(name)}`);
  }).join(", ");
}

function lastKey({ name, path }: Field): string | undefined {
  if (path.length === 0) return undefined;
  return path.findLast(({ key }) => !/^-?\d+$/.test(key))?.key ?? name;
}

/** ` where …`, or nothing. */
export function renderWhere(from: string, conditions: Condition[]): string {
  if (conditions.length === 0) return "";
  return ` where ${conditions.map((it) => renderCondition(from, it)).join(" and ")}`;
}

/** ` order by …`, or nothing. */
export function renderOrder(from: string, terms: OrderTerm[]): string {
  if (terms.length === 0) return "";
  const rendered = terms.map(({ field, direction, nulls }) =>
    renderField(from, field) + (direction === undefined ? "" : ` ${direction}`) +
    (nulls === undefined ? "" : ` nulls ${nulls}`)
  );
  return ` order by ${rendered.join(", ")}`;
}

/** ` limit … offset …`, or nothing. */
export function renderRange(range: { limit: number | undefined; offset: number }): string {
  return (range.limit === undefined ? "" : ` limit ${range.limit}`) +
    (range.offset === 0 ? "" : ` offset ${range.offset}`);
}

function renderCondition(from: string, condition: Condition): string {
  const not = condition.negated ? "not " : "";
  if (condition.kind === "filter") return not + renderFilter(from, condition);
  const parts = condition.conditions.map((it) => renderCondition(from, it));
  return `${not}(${parts.join(` ${condition.kind} `)})`;
}

/** PostgREST's operators that are one SQL operator. */
const OPERATORS: Record<string, string> = {
  eq: "=",
  neq: "<>",
  gt: ">",
  gte: ">=",
  lt: "<",
  lte: "<=",
  like: "like",
  ilike: "ilike",
  match: "~",
  imatch: "~*",
  isdistinct: "is distinct from",
  cs: "@>",
  cd: "<@",
  ov: "&&",
  sl: "<<",
  sr: ">>",
  nxr: "&<",
  nxl: "&>",
  adj: "-|-",
};
const TEXT_SEARCHES: Record<string, string> = {
  fts: "to_tsquery",
  plfts: "plainto_tsquery",
  phfts: "phraseto_tsquery",
  wfts: "websearch_to_tsquery",
};
const IS_VALUES: Record<string, string> = {
  null: "null",
  "not_null": "not null",
  true: "true",
  false: "false",
  unknown: "unknown",
};

function renderFilter(from: string, filter: Filter): string {
  const field = renderField(from, filter.field);
  const { operator, value } = filter;
  if (Array.isArray(value)) return `${field} = any(${quoteLiteral(arrayLiteral(value))})`;
  if (operator === "is") return `${field} is ${isValue(value)}`;
  const search = TEXT_SEARCHES[operator];
  if (search !== undefined) {
    const language = filter.language === undefined ? "" : `${quoteLiteral(filter.language)}, `;
    return `${field} @@ ${search}(${language}${quoteLiteral(value)})`;
  }
  const placeholder = quoteLiteral(
    operator.endsWith("like") ? value.replaceAll("*", "%") : value,
  );
  const operand = filter.quantifier === undefined
    ? placeholder
    : `${filter.quantifier}(${placeholder})`;
  return `${field} ${OPERATORS[operator]} ${operand}`;
}

function isValue(value: string): string {
  const known = IS_VALUES[value.toLowerCase()];
  if (known !== undefined) return known;
  throw new ApiError({
    status: 400,
    code: "PGRST100",
    message: `"failed to parse filter (is.${value})" (line 1, column 4)`,
    details: "expecting isVal: (null, not_null, true, false, unknown)",
  });
}

/** An array literal whose elements are all quoted; `in.()` is the one empty element PostgREST reads as no element. */
function arrayLiteral(elements: string[]): string {
  if (elements.length === 1 && elements[0] === "") return "{}";
  const quoted = elements.map((it) => `"${it.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`);
  return `{${quoted.join(",")}}`;
}

/**
 * The columns `page_total` and `body` over the rows of `_page`: how many rows, and their JSON text.
 *
 * @param value What becomes JSON: the row, or one of its columns.
 */
export function renderPage(shape: "object" | "array" | "nothing", value = "_page"): string {
  const count = "count(_page)::text as page_total";
  if (shape === "nothing") return `${count}, '' as body`;
  const rows = shape === "object"
    ? `coalesce(json_agg(${value}) -> 0, 'null')`
    : `coalesce(json_agg(${value}), '[]')`;
  return `${count}, ${rows}::text as body`;
}
