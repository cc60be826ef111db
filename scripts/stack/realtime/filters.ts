/** Filters of `postgres_changes` (`id=eq.1,status=not.in.(a,b)`): read from text, written as SQL conditions. */
import { quoteLiteral } from "./sql_text.ts";

/** One condition of a filter; all of them must hold. */
export interface Condition {
  column: string;
  operator: string;
  isNegated: boolean;
  /** One value, or the list of `in`. */
  values: string[];
}

/** A filter that cannot be read. */
export class FilterError extends Error {
  override name = "FilterError";
}

const COMPARISONS: Record<string, string> = {
  eq: "=",
  neq: "<>",
  lt: "<",
  lte: "<=",
  gt: ">",
  gte: ">=",
  like: "~~",
  ilike: "~~*",
  match: "~",
  imatch: "~*",
};
const IS_VALUES = ["null", "true", "false", "unknown", "not null"];
const MAX_IN_VALUES = 100;
const CONDITION = /^([^=]+)=(not\.)?([a-z]+)\.(.*)$/s;

/**
 * Reads a filter.
 *
 * @throws {FilterError} When it is malformed.
 */
export function parseFilter(filter: string): Condition[] {
  return splitOutside(filter).map((text) => {
    const [, column, not, operator = "", value = ""] = CONDITION.exec(text) ?? [];
    if (column === undefined) throw new FilterError(`Error parsing \`filter\` params: ["${text}"]`);
    const values = operator === "in" ? listOf(value) : [unquote(value)];
    requireOperator(operator, values);
    return { column, operator, isNegated: not !== undefined, values };
  });
}

function requireOperator(operator: string, values: string[]): void {
  if (operator === "in" && values.length > MAX_IN_VALUES) {
    throw new FilterError(`Too many values for \`in\` filter. Maximum ${MAX_IN_VALUES}`);
  }
  if (operator === "is" && !IS_VALUES.includes(values[0] ?? "")) {
    throw new FilterError(`Error parsing \`filter\` params: ["is", "${values[0]}"]`);
  }
  if (!["in", "is", "isdistinct", ...Object.keys(COMPARISONS)].includes(operator)) {
    throw new FilterError(`Error parsing \`filter\` params: ["${operator}"]`);
  }
}

/** Splits at commas that are outside quotes and parentheses. */
function splitOutside(text: string): string[] {
  const parts = text.match(/(?:"(?:\\.|[^"\\])*"|\((?:"(?:\\.|[^"\\])*"|[^"()])*\)|[^,])+/gs);
  return parts ?? [text];
}

function listOf(value: string): string[] {
  if (!value.startsWith("(") || !value.endsWith(")")) {
    throw new FilterError(`Error parsing \`filter\` params: ["in", "${value}"]`);
  }
  return splitOutside(value.slice(1, -1)).map((item) => unquote(item.trim()));
}

function unquote(value: string): string {
  const isQuoted = value.length > 1 && value.startsWith('"') && value.endsWith('"');
  return isQuoted ? value.slice(1, -1).replaceAll(/\\(.)/gs, "$1") : value;
}

/** The condition on `operand`, an SQL expression of the column's `type` (as `format_type` spells it). */
export function conditionSql(
  { operator, isNegated, values }: Condition,
  operand: string,
  type: string,
): string {
  const value = quoteLiteral(values[0] ?? "");
  const condition = operator === "is"
    ? `${operand} is ${values[0]}`
    : operator === "in"
    ? `${operand} = any (array[${values.map(quoteLiteral).join(", ")}]::${type}[])`
    : operator === "isdistinct"
    ? `${operand} is distinct from ${values[0] === "null" ? "null" : `${value}::${type}`}`
    : ["eq", "neq", "lt", "lte", "gt", "gte"].includes(operator)
    ? `${operand} ${COMPARISONS[operator]} ${value}::${type}`
    : `${operand} ${COMPARISONS[operator]} ${value}`;
  return isNegated ? `not (${condition})` : `(${condition})`;
}
