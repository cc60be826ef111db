/** Calls of functions: the statement of `/rpc/<function>` and the shape of its answer. */
import type { Query } from "./query_string.ts";
import type { RowRange } from "./request.ts";
import type { Routine } from "./routines.ts";
import { REPORT_ROWS } from "./singular_guard.ts";
import {
  qualifiedName,
  quoteLiteral,
  quoteName,
  renderOrder,
  renderPage,
  renderRange,
  renderSelect,
  renderWhere,
} from "./sql.ts";

/** What a function is given: a JSON object of named arguments, the whole body, or the texts of a query string. */
export type CallInput =
  | { kind: "object"; names: string[]; body: string }
  | { kind: "whole"; body: string }
  | { kind: "texts"; texts: [string, string][] };

/** A call, read and resolved. */
export interface Call {
  routine: Routine;
  input: CallInput;
  query: Query;
  range: RowRange;
  singular: boolean;
  count: boolean;
}

/**
 * The statement of a call. It runs the function only if `routine` is still its definition: when it is not, the
 * statement gives no row, or a row whose column `current` is not `true`.
 */
export function callStatement(call: Call): string {
  const { routine } = call;
  const { from, invocation } = invoke(routine, call.input);
  // An uncorrelated subquery: Postgres checks it once, before it runs anything it guards.
  const current = `(select p.xmin from pg_catalog.pg_proc as p where p.oid = ${routine.oid})` +
    ` = ${quoteLiteral(routine.version)}`;
  if (!routine.returnsSet && !routine.returnsComposite) {
    const body = routine.returnsVoid
      ? `${invocation}::text`
      : `coalesce(to_json(${invocation})::text, 'null')`;
    return `select 'true' as current, '1' as page_total, ${body} as body` +
      `${from === "" ? "" : ` from ${from}`} where ${current}`;
  }
  const source = routine.returnsComposite
    ? `select _call.* from ${from === "" ? "" : `${from}, lateral `}${invocation} as _call`
    : `select ${invocation} as value${from === "" ? "" : ` from ${from}`}`;
  const conditions = renderWhere("source", call.query.conditions);
  const total = call.count ? `(select count(*) from source${conditions})::text` : "null";
  return `with source as (${source} where ${current})
    select (${current})::text as current, ${total} as total, ${rowsOf(call)}`;
}

/** The rows of a function that returns rows, filtered, ordered and cut as the query string says. */
function rowsOf({ routine, query, range, singular }: Call): string {
  const rows = `from source${renderWhere("source", query.conditions)}` +
    renderOrder("source", query.order) + renderRange(range);
  const shape = singular || !routine.returnsSet ? "object" : "array";
  const report = singular ? `, ${REPORT_ROWS}` : "";
  return routine.returnsComposite
    ? `${renderPage(shape)}${report} from (select ${
      renderSelect("source", query.select)
    } ${rows}) as _page`
    : `${renderPage(shape, "_page.value")}${report} from (select source.value ${rows}) as _page`;
}

/** The function call itself, and the row source its arguments come from (empty for none). */
function invoke(routine: Routine, input: CallInput): { from: string; invocation: string } {
  const name = qualifiedName(routine.schema, routine.name);
  const argumentOf = new Map(routine.arguments.map((it) => [it.name, it]));
  const pass = (argument: string, value: string) =>
    `${argumentOf.get(argument)?.variadic ? "variadic " : ""}${quoteName(argument)} := ${value}`;
  if (input.kind === "whole") {
    const type = routine.arguments[0]?.type ?? "pg_catalog.json";
    return { from: "", invocation: `${name}(${quoteLiteral(input.body)}::${type})` };
  }
  if (input.kind === "texts") {
    const passed = input.texts.map(([argument, text]) =>
      pass(argument, `${quoteLiteral(text)}::${argumentOf.get(argument)?.type}`)
    );
    return { from: "", invocation: `${name}(${passed.join(", ")})` };
  }
  if (input.names.length === 0) return { from: "", invocation: `${name}()` };
  const passed = input.names.map((it) => pass(it, `_args.${quoteName(it)}`));
  const columns = input.names.map((it) => `${quoteName(it)} ${argumentOf.get(it)?.type}`);
  return {
    from: `json_to_record(${quoteLiteral(input.body)}::json) as _args(${columns.join(", ")})`,
    invocation: `${name}(${passed.join(", ")})`,
  };
}
