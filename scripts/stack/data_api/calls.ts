/** Answers `/rpc/<function>`. */
import postgres from "postgres";
import type { Caller } from "../credentials.ts";
import { type CallInput, callStatement } from "./call_statement.ts";
import type { Database } from "./database.ts";
import { ApiError } from "./errors.ts";
import { readArguments, readBody } from "./payload.ts";
import { parseQuery, type Query } from "./query_string.ts";
import {
  type Preferences,
  readPreferences,
  readRange,
  readSingular,
  type RowRange,
} from "./request.ts";
import { type Page, pageResponse, readPage } from "./response.ts";
import type { Routine, Routines } from "./routines.ts";
import { SINGULAR_GUARD } from "./singular_guard.ts";

export interface CallContext {
  request: Request;
  url: URL;
  /** Below `/rest/v1`. */
  path: string;
  caller: Caller;
  database: Database;
  routines: Routines;
  schema: string;
  name: string;
}

/** A call as it was asked for, before its function is known. */
interface AskedCall {
  argumentNames: string[];
  inputFor(routine: Routine): CallInput;
  query: Query;
  range: RowRange;
  singular: boolean;
  preferences: Preferences;
}

/** Calls a function with the arguments of a JSON body (POST) or of the query string (GET, HEAD). */
export async function answerCall(context: CallContext): Promise<Response> {
  const { request } = context;
  const asked = await readCall(context);
  const { routine, page } = await callCurrent(context, asked);
  if (routine.returnsVoid) return new Response(null, { status: 204 });
  return pageResponse(page, {
    range: asked.range,
    singular: asked.singular,
    applied: asked.preferences.applied.filter((it) => it.startsWith("count=")),
    bodiless: request.method === "HEAD",
  });
}

async function readCall({ request, url }: CallContext): Promise<AskedCall> {
  const posts = request.method === "POST";
  if (!posts && request.method !== "GET" && request.method !== "HEAD") {
    const message = `Cannot use the ${request.method} method on RPC`;
    throw new ApiError({ status: 405, code: "PGRST101", message });
  }
  const query = parseQuery(url.searchParams, { allowInputs: !posts });
  const input = posts ? await readPosted(request) : readTexts(query);
  return {
    ...input,
    query,
    range: readRange(request, query),
    singular: readSingular(request.headers),
    preferences: readPreferences(request.headers),
  };
}

async function readPosted(
  request: Request,
): Promise<Pick<AskedCall, "argumentNames" | "inputFor">> {
  const { body, keys } = readArguments(await readBody(request));
  return {
    argumentNames: keys,
    inputFor: ({ arguments: [first] }) =>
      first?.name === "" ? { kind: "whole", body } : { kind: "object", names: keys, body },
  };
}

function readTexts({ inputs }: Query): Pick<AskedCall, "argumentNames" | "inputFor"> {
  return {
    argumentNames: inputs.map(([name]) => name),
    inputFor: () => ({ kind: "texts", texts: inputs }),
  };
}

/** Runs a call against the function as it is now: one that changed since it was looked up is looked up again, once. */
async function callCurrent(
  context: CallContext,
  asked: AskedCall,
): Promise<{ routine: Routine; page: Page }> {
  const { routines, schema, name, request } = context;
  const wholeBody = request.method === "POST";
  const shape = { schema, name, argumentNames: asked.argumentNames, wholeBody };
  const routine = await routines.find(shape);
  try {
    return { routine, page: await callOnce(context, asked, routine) };
  } catch (error) {
    if (!mayBeStale(error)) throw error;
    routines.forget(shape);
    const current = await routines.find(shape);
    if (current.oid === routine.oid && current.version === routine.version) throw error;
    return { routine: current, page: await callOnce(context, asked, current) };
  }
}

/** The function's definition changed between its look-up and its call; it was not run. */
class StaleRoutineError extends Error {
  override name = "StaleRoutineError";
}

/** A changed definition also shows as "no such function", "sets not allowed here", "read only" and the like. */
function mayBeStale(error: unknown): boolean {
  if (error instanceof StaleRoutineError) return true;
  if (!(error instanceof postgres.PostgresError) || error.code === "42501") return false;
  return error.code === "25006" || /^(42|0A)/.test(error.code);
}

async function callOnce(
  { request, path, caller, database, schema }: CallContext,
  asked: AskedCall,
  routine: Routine,
): Promise<Page> {
  const { query, range, singular, preferences } = asked;
  const input = asked.inputFor(routine);
  const statement = callStatement({
    routine,
    input,
    query,
    range,
    singular,
    count: preferences.count,
  });
  const readOnly = request.method !== "POST" || !routine.volatile;
  const guarded = singular && (routine.returnsSet || routine.returnsComposite);
  const rows = await database.transaction(
    { caller, schema, readOnly, request, path },
    statement,
    guarded ? SINGULAR_GUARD : undefined,
  );
  if (rows[0]?.current !== "true") throw new StaleRoutineError();
  return readPage(rows);
}
