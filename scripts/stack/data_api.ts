/**
 * The Data API: stands in for PostgREST, in front of the real Postgres.
 *
 * Every request runs in one transaction as the caller's real role, under the real grants and policies, with
 * `request.jwt.claims`, `.method`, `.path` and `.headers` set. Statements, status codes and error bodies follow
 * PostgREST 14. Functions that change while the stack runs are noticed: each call proves, in its own transaction,
 * that the definition it was built from is the current one.
 *
 * Left out, and refused with PGRST127 rather than ignored: embedding of related tables, PUT, `Prefer: missing=default`
 * and `max-affected`. Left out otherwise: formats other than JSON, aggregates (off on hosted too), the OpenAPI root,
 * `count=planned|estimated` (counted exactly), fuzzy hints, `response.headers` and `response.status`, `raise sqlstate
 * 'PGRST'`, `Location` headers, an upsert that only updates answers 201, form and CSV bodies, media type handlers, and
 * `tx=rollback`.
 */
import { type Caller, type CredentialsOptions, resolveCaller } from "./credentials.ts";
import { answerCall } from "./data_api/calls.ts";
import { type Database, openDatabase } from "./data_api/database.ts";
import { toApiError } from "./data_api/errors.ts";
import { pathBelow, readResource, readSchema } from "./data_api/request.ts";
import { errorResponse } from "./data_api/response.ts";
import { rememberRoutines } from "./data_api/routines.ts";
import { answerTable } from "./data_api/tables.ts";

export interface DataApiOptions {
  /** How to log in to Postgres. The role must be allowed to become every role a token may name: `authenticator`. */
  databaseUrl: string;
  credentials: CredentialsOptions;
  /** The schemas clients may name. @default {["public"]} */
  schemas?: string[];
  /** The size of the connection pool. @default {20} */
  connections?: number;
}

/** A running Data API. */
export interface DataApi {
  /** Answers a request for a path below `/rest/v1`. */
  fetch(request: Request): Promise<Response>;
  close(): Promise<void>;
}

/**
 * Starts the Data API.
 *
 * @throws {Error} When the database cannot be reached.
 */
export async function startDataApi(options: DataApiOptions): Promise<DataApi> {
  const database = openDatabase(options.databaseUrl, { connections: options.connections ?? 20 });
  await requireDatabase(database);
  const schemas = options.schemas ?? ["public"];
  const routines = rememberRoutines(database);

  async function answer(request: Request, caller: Caller): Promise<Response> {
    const url = new URL(request.url);
    const path = pathBelow(url.pathname);
    const resource = readResource(path);
    const schema = readSchema(request, schemas);
    const context = { request, url, path, caller, database, schema };
    return resource.kind === "function"
      ? await answerCall({ ...context, name: resource.name, routines })
      : await answerTable({ ...context, table: resource.name });
  }

  return {
    async fetch(request) {
      let caller: Caller | undefined;
      try {
        caller = await resolveCaller(credentialsOf(request.headers), options.credentials);
        return await answer(request, caller);
      } catch (error) {
        const anonymous = caller === undefined || caller.role === "anon";
        return errorResponse(toApiError(error, { anonymous }));
      }
    },
    close: () => database.close(),
  };
}

async function requireDatabase(database: Database): Promise<void> {
  try {
    await database.lookUp("select 1");
  } catch (cause) {
    await database.close();
    const reason = (cause as Error).message;
    throw new Error(`Cannot start the Data API: the database cannot be used: ${reason}`, { cause });
  }
}

function credentialsOf(headers: Headers): { apikey: string | null; bearer: string | null } {
  const [, bearer] = /^bearer\s+(.+)$/i.exec(headers.get("authorization") ?? "") ?? [];
  return { apikey: headers.get("apikey"), bearer: bearer ?? null };
}
