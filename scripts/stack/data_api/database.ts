/** Runs a request's statement in one transaction, as the caller's real role, in one network round trip. */
import postgres from "postgres";
import type { Caller } from "../credentials.ts";
import { poolExhausted } from "./errors.ts";
import { Slots } from "./slots.ts";
import { quoteLiteral, quoteName } from "./sql.ts";

/** One row; every column the Data API selects is text. */
export type Row = Record<string, string | null>;

/** What a transaction is set up with before its statement. */
export interface Scope {
  caller: Caller;
  /** First in the search path, before `public` and `extensions`. */
  schema: string;
  readOnly: boolean;
  /** For `request.method` and `request.headers`. */
  request: { method: string; headers: Headers };
  /** For `request.path`. */
  path: string;
}

/** A pool of connections to one database. */
export interface Database {
  /**
   * Runs `statement` in a transaction of its own and gives its rows. `guard`, a statement, runs after it and rolls
   * everything back by failing.
   */
  transaction(scope: Scope, statement: string, guard?: string): Promise<Row[]>;
  /** Runs a statement outside any request, as the least of roles: for reading the catalog. */
  lookUp(statement: string): Promise<Row[]>;
  close(): Promise<void>;
}

/** How long a request waits for a connection: PostgREST's `db-pool-acquisition-timeout`. */
const ACQUISITION_TIMEOUT_MS = 10_000;

/** Opens a pool; connections are made when needed. */
export function openDatabase(databaseUrl: string, options: { connections: number }): Database {
  const sql = postgres(databaseUrl, {
    max: options.connections,
    fetch_types: false,
    // A new attempt soon after the last one failed: a restarted Postgres is back within a second.
    backoff: () => 0.1,
    connect_timeout: 5,
    "max_lifetime": null,
    onnotice: () => {},
    // The session's own role is the least one: only a transaction that set its role can do more.
    connection: { "application_name": "data_api", role: "anon" },
  });
  // As many statements as connections: more, and postgres.js would queue them behind whatever a connection is busy with.
  const slots = new Slots(options.connections, ACQUISITION_TIMEOUT_MS);
  const settingsOfRole = new Map<string, Promise<[string, string][]>>();

  /** The text is one simple query: its statements share a transaction, and a failing one undoes them all. */
  async function send(text: string): Promise<Row[] | Row[][]> {
    const release = await slots.acquire() ?? poolExhausted();
    try {
      return await sendFresh(text);
    } finally {
      release();
    }
  }

  /**
   * When a session is terminated in mid-statement, postgres.js says so to its statement by CONNECTION_CLOSED, and
   * gives the server's own words for it to the next one on that connection, which it has not sent.
   */
  async function sendFresh(text: string): Promise<Row[] | Row[][]> {
    for (let stale = 0;; stale++) {
      try {
        return await sql.unsafe<Row[]>(text).simple();
      } catch (error) {
        const isStale = error instanceof postgres.PostgresError && error.code === "57P01";
        if (!isStale || stale === options.connections) throw error;
      }
    }
  }

  async function transaction(scope: Scope, statement: string, guard?: string): Promise<Row[]> {
    const settings = settingsStatement(scope, await readRoleSettings(scope.caller.role));
    const [, rows] = await send([settings, statement, ...(guard ? [guard] : [])].join(";\n"));
    return rows as Row[];
  }

  async function lookUp(statement: string): Promise<Row[]> {
    return await send(statement) as Row[];
  }

  function readRoleSettings(role: string): Promise<[string, string][]> {
    const known = settingsOfRole.get(role);
    if (known !== undefined) return known;
    const read = selectRoleSettings(lookUp, role);
    settingsOfRole.set(role, read);
    read.catch(() => settingsOfRole.delete(role));
    return read;
  }

  return { transaction, lookUp, close: () => sql.end({ timeout: 1 }) };
}

/** `alter role … set …` counts at login only; PostgREST applies it to the role it changes to, and so does this. */
async function selectRoleSettings(
  lookUp: Database["lookUp"],
  role: string,
): Promise<[string, string][]> {
  const rows = await lookUp(
    `select s.name, substr(entry, strpos(entry, '=') + 1) as value
    from pg_catalog.pg_roles as r, unnest(r.rolconfig) as entry, pg_catalog.pg_settings as s
    where r.rolname = ${quoteLiteral(role)}
      and s.name = split_part(entry, '=', 1) and s.context = 'user'`,
  );
  return rows.map(({ name, value }) => [name ?? "", value ?? ""]);
}

function settingsStatement(scope: Scope, roleSettings: [string, string][]): string {
  const { caller, request } = scope;
  const settings: [string, string][] = [
    ...roleSettings,
    ["transaction_read_only", scope.readOnly ? "on" : "off"],
    ["search_path", `${quoteName(scope.schema)}, public, extensions`],
    ["role", caller.role],
    ["request.jwt.claims", JSON.stringify({ ...caller.claims, role: caller.role })],
    ["request.method", request.method],
    ["request.path", scope.path],
    ["request.headers", JSON.stringify(readableHeaders(request.headers))],
  ];
  const calls = settings.map(([name, value]) =>
    `set_config(${quoteLiteral(name)}, ${quoteLiteral(value)}, true)`
  );
  return `select ${calls.join(", ")}`;
}

/** The headers without the credentials: Postgres writes the text of a failing statement to its log. */
function readableHeaders(headers: Headers): Record<string, string> {
  const { authorization: _, apikey: __, cookie: ___, ...rest } = Object.fromEntries(headers);
  return rest;
}
