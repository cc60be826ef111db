/** Tables and views: the statements of GET, POST, PATCH and DELETE, as PostgREST would write them. */
import type { Query } from "./query_string.ts";
import type { Preferences, RowRange } from "./request.ts";
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

/** A request for a table or view, read and checked. */
export interface TableRequest {
  schema: string;
  table: string;
  query: Query;
  range: RowRange;
  preferences: Preferences;
  singular: boolean;
}

/** GET and HEAD. */
export function selectStatement(request: TableRequest): string {
  const { query, preferences, range, singular } = request;
  const from = qualifiedName(request.schema, request.table);
  const conditions = renderWhere(from, query.conditions);
  const source = `select ${renderSelect(from, query.select)} from ${from}${conditions}` +
    renderOrder(from, query.order) + renderRange(range);
  const total = preferences.count ? `(select count(*) from ${from}${conditions})::text` : "null";
  const page = renderPage(singular ? "object" : "array");
  return `with source as (${source}) select ${total} as total, ${page} from source as _page`;
}

/** POST: `columns` are the keys of the body; `conflictColumns` make it an upsert. */
export function insertStatement(
  request: TableRequest,
  input: { body: string; columns: string[]; many: boolean; conflictColumns: string[] },
): string {
  const { columns, many } = input;
  const into = qualifiedName(request.schema, request.table);
  const body = `${quoteLiteral(input.body)}::json`;
  const names = columns.map(quoteName).join(", ");
  const records = columns.length > 0
    ? `(${names}) select ${names} from json_populate_record${
      many ? "set" : ""
    }(null::${into}, ${body})`
    : many
    ? `select from json_array_elements(${body})`
    : `select from (select ${body}) as _body`;
  const insert = `insert into ${into} ${records}${conflictClause(request.preferences, input)}`;
  return writeStatement(request, insert);
}

function conflictClause(
  { resolution }: Preferences,
  { columns, conflictColumns }: { columns: string[]; conflictColumns: string[] },
): string {
  if (resolution === undefined || conflictColumns.length === 0) return "";
  const target = ` on conflict (${conflictColumns.map(quoteName).join(", ")})`;
  if (resolution === "ignore-duplicates" || columns.length === 0) return `${target} do nothing`;
  const assignments = columns.map((it) => `${quoteName(it)} = excluded.${quoteName(it)}`);
  return `${target} do update set ${assignments.join(", ")}`;
}

/** PATCH: `columns` are the keys of the body, at least one. */
export function updateStatement(
  request: TableRequest,
  input: { body: string; columns: string[]; many: boolean },
): string {
  const table = qualifiedName(request.schema, request.table);
  const body = quoteLiteral(input.body);
  const assignments = input.columns.map((it) => `${quoteName(it)} = _body.${quoteName(it)}`);
  const update = `update ${table} set ${assignments.join(", ")}` +
    ` from json_populate_record${input.many ? "set" : ""}(null::${table}, ${body}::json) as _body` +
    renderWhere(table, request.query.conditions);
  return writeStatement(request, update);
}

/** DELETE. */
export function deleteStatement(request: TableRequest): string {
  const table = qualifiedName(request.schema, request.table);
  const where = renderWhere(table, request.query.conditions);
  return writeStatement(request, `delete from ${table}${where}`);
}

/** The columns of a table's primary key: the conflict target of an upsert that names none. */
export function primaryKeyStatement({ schema, table }: TableRequest): string {
  return `select a.attname as name
    from pg_catalog.pg_index as i
    join pg_catalog.pg_class as c on c.oid = i.indrelid
    join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    join pg_catalog.pg_attribute as a on a.attrelid = i.indrelid and a.attnum = any(i.indkey)
    where i.indisprimary
      and n.nspname = ${quoteLiteral(schema)} and c.relname = ${quoteLiteral(table)}`;
}

/** Adds what a write gives back: only its number of rows, or the rows as the query selects them. */
function writeStatement(request: TableRequest, write: string): string {
  const { query, preferences, singular } = request;
  if (preferences.return === "minimal") {
    const page = reported(renderPage("nothing"), singular);
    return `with source as (${write} returning 1) select ${page} from source as _page`;
  }
  const returned = returnedColumns(qualifiedName(request.schema, request.table), query);
  const rows = `select ${renderSelect("source", query.select)} from source` +
    renderOrder("source", query.order) + renderRange(request.range);
  const page = reported(renderPage(singular ? "object" : "array"), singular);
  return `with source as (${write} returning ${returned}) select ${page} from (${rows}) as _page`;
}

function reported(page: string, singular: boolean): string {
  return singular ? `${page}, ${REPORT_ROWS}` : page;
}

/** Only the columns the answer needs, so that RETURNING asks for no privilege beyond them. */
function returnedColumns(table: string, query: Query): string {
  const names = [...query.select, ...query.order].map(({ field }) => field.name);
  if (names.includes("*")) return `${table}.*`;
  return [...new Set(names)].map((it) => `${table}.${quoteName(it)}`).join(", ");
}
