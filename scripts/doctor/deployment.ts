/** A deployment as the checks see it: its settings, its database, and the way to it. */
import postgres from "postgres";
import { findSources, type Sources } from "./sources.ts";

/** What checks work with. */
export interface Deployment {
  /** A setting of the functions, or one of those that only an operator has (DATABASE_URL). */
  env(name: string): string | undefined;
  fetch: typeof fetch;
  /** Milliseconds since the epoch. */
  now(): number;
  /** The database as DATABASE_URL reaches it; one pool for all checks. */
  sql: postgres.Sql;
  /** What the checkout says should be there. */
  sources: Sources;
}

/** An open deployment; `await using` closes its connections. */
export interface OpenDeployment extends Deployment, AsyncDisposable {}

/** Opens it; nothing is asked of it yet. */
export async function openDeployment(
  env: (name: string) => string | undefined,
  options: { fetch?: typeof fetch; now?: () => number } = {},
): Promise<OpenDeployment> {
  const sql = connect(env("DATABASE_URL") ?? "postgres://not-set");
  return {
    env,
    fetch: options.fetch ?? fetch,
    now: options.now ?? Date.now,
    sql,
    sources: await findSources(),
    [Symbol.asyncDispose]: () => sql.end({ timeout: 2 }),
  };
}

/** A client that works through a pooler as well, and encrypts beyond this machine. */
export function connect(url: string): postgres.Sql {
  return postgres(url, {
    max: 3,
    prepare: false,
    ssl: isLocal(url) ? false : "require",
    connect_timeout: 10,
    onnotice: () => {},
    connection: { application_name: "doctor" },
  });
}

/** What the Supabase CLI has to be told of the connection. */
export function cliEnvironment(url: string): Record<string, string> {
  return { PGSSLMODE: isLocal(url) ? "disable" : "require" };
}

/** Whether an address is on this machine, where there is no TLS and nothing is the public's. */
export function isLocal(url: string): boolean {
  const host = URL.canParse(url) ? new URL(url).hostname : "";
  return ["localhost", "127.0.0.1", "[::1]"].includes(host);
}
