/** Answers `/<table or view>`. */
import postgres from "postgres";
import type { Caller } from "../credentials.ts";
import type { Database } from "./database.ts";
import { ApiError, notImplemented } from "./errors.ts";
import { type Payload, readBody, readRecords } from "./payload.ts";
import { parseQuery } from "./query_string.ts";
import { readPreferences, readRange, readSingular } from "./request.ts";
import { type Page, pageResponse, readPage, requireSingular, writeResponse } from "./response.ts";
import { SINGULAR_GUARD } from "./singular_guard.ts";
import {
  deleteStatement,
  insertStatement,
  primaryKeyStatement,
  selectStatement,
  type TableRequest,
  updateStatement,
} from "./table_statements.ts";

export interface TableContext {
  request: Request;
  url: URL;
  /** Below `/rest/v1`. */
  path: string;
  caller: Caller;
  database: Database;
  schema: string;
  table: string;
}

/** Reads (GET, HEAD), inserts or upserts (POST), updates (PATCH) or deletes (DELETE) rows. */
export async function answerTable(context: TableContext): Promise<Response> {
  const { request, url, schema, table } = context;
  const query = parseQuery(url.searchParams, { allowInputs: false });
  const asked: TableRequest = {
    schema,
    table,
    query,
    range: readRange(request, query),
    preferences: readPreferences(request.headers),
    singular: readSingular(request.headers),
  };
  switch (request.method) {
    case "GET":
    case "HEAD":
      return await answerRead(context, asked);
    case "POST":
      return await answerInsert(context, asked);
    case "PATCH":
      return await answerUpdate(context, asked);
    case "DELETE":
      return await answerDelete(context, asked);
    case "PUT":
      throw notImplemented("PUT");
    default: {
      const message = `Unsupported HTTP method: ${request.method}`;
      throw new ApiError({ status: 405, code: "PGRST117", message });
    }
  }
}

async function answerRead(context: TableContext, asked: TableRequest): Promise<Response> {
  const statement = selectStatement(asked);
  const page = await runTable(context, asked, statement);
  return pageResponse(page, {
    range: asked.range,
    singular: asked.singular,
    applied: asked.preferences.applied.filter((it) => it.startsWith("count=")),
    bodiless: context.request.method === "HEAD",
  });
}

async function answerInsert(context: TableContext, asked: TableRequest): Promise<Response> {
  const records = readRecords(await readBody(context.request), asked.query.columns);
  const conflictColumns = await conflictColumnsOf(context, asked);
  const statement = insertStatement(asked, { ...records, columns: records.keys, conflictColumns });
  const page = await runTable(context, asked, statement);
  const { applied } = asked.preferences;
  return writeResponse(page, {
    ...formatOf(asked),
    status: { representation: 201, minimal: 201 },
    ranged: false,
    applied,
  });
}

async function conflictColumnsOf(
  { database }: TableContext,
  asked: TableRequest,
): Promise<string[]> {
  if (asked.preferences.resolution === undefined) return [];
  if (asked.query.onConflict !== undefined) return asked.query.onConflict;
  return (await database.lookUp(primaryKeyStatement(asked))).map(({ name }) => name ?? "");
}

async function answerUpdate(context: TableContext, asked: TableRequest): Promise<Response> {
  const records = readRecords(await readBody(context.request), asked.query.columns);
  requireFilter(asked, "UPDATE");
  const page = await updateRows(context, asked, records);
  return writeResponse(page, {
    ...formatOf(asked),
    status: { representation: 200, minimal: 204 },
    ranged: true,
    applied: appliedToWrite(asked),
  });
}

async function updateRows(
  context: TableContext,
  asked: TableRequest,
  records: Payload,
): Promise<Page> {
  if (records.keys.length === 0) {
    const page = { rows: 0, total: undefined, body: "[]" };
    if (asked.singular) requireSingular(page);
    return page;
  }
  const statement = updateStatement(asked, { ...records, columns: records.keys });
  return await runTable(context, asked, statement);
}

async function answerDelete(context: TableContext, asked: TableRequest): Promise<Response> {
  requireFilter(asked, "DELETE");
  const statement = deleteStatement(asked);
  const page = await runTable(context, asked, statement);
  return writeResponse(page, {
    ...formatOf(asked),
    status: { representation: 200, minimal: 204 },
    ranged: false,
    applied: appliedToWrite(asked),
  });
}

function formatOf({ preferences, singular }: TableRequest) {
  const representation = preferences.return === "representation";
  return { representation, singular, counted: preferences.count };
}

function appliedToWrite({ preferences }: TableRequest): string[] {
  return preferences.applied.filter((it) => !it.startsWith("resolution="));
}

/** Supabase loads `safeupdate` into the API's connections: a write without a filter is refused. */
function requireFilter({ query }: TableRequest, command: "UPDATE" | "DELETE"): void {
  if (query.conditions.length > 0) return;
  const message = `${command} requires a WHERE clause`;
  throw new ApiError({ status: 400, code: "21000", message });
}

/** Runs the statement in the request's transaction; a write that `single()` does not fit is rolled back. */
async function runTable(
  { request, path, caller, database }: TableContext,
  asked: TableRequest,
  statement: string,
): Promise<Page> {
  const { schema, table, singular } = asked;
  const readOnly = request.method === "GET" || request.method === "HEAD";
  const scope = { caller, schema, readOnly, request, path };
  const guard = singular && !readOnly ? SINGULAR_GUARD : undefined;
  try {
    const page = readPage(await database.transaction(scope, statement, guard));
    if (singular) requireSingular(page);
    return page;
  } catch (error) {
    throw inSchemaCacheTerms(error, { schema, table });
  }
}

/** PostgREST finds unknown tables and columns in its schema cache, before Postgres does. */
function inSchemaCacheTerms(error: unknown, at: { schema: string; table: string }): unknown {
  if (!(error instanceof postgres.PostgresError)) return error;
  const { schema, table } = at;
  if (error.code === "42P01" && error.message === `relation "${schema}.${table}" does not exist`) {
    const message = `Could not find the table '${schema}.${table}' in the schema cache`;
    return new ApiError({ status: 404, code: "PGRST205", message }, { cause: error });
  }
  const [, column] = /^column "(.+)" of relation ".+" does not exist$/.exec(error.message) ?? [];
  if (error.code === "42703" && column !== undefined) {
    const message = `Could not find the '${column}' column of '${table}' in the schema cache`;
    return new ApiError({ status: 400, code: "PGRST204", message }, { cause: error });
  }
  return error;
}
