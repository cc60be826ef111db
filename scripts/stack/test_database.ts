/**
 * A Postgres for tests: a bare Supabase project with our migrations in a template database, of which
 * each test takes copies. The seed is left out.
 */
import { applyMigrations } from "./migrate.ts";
import { preparePlatform } from "./platform.ts";
import { type Postgres, startPostgres } from "./postgres.ts";

/** The migrated database nobody writes to. */
export const TEMPLATE_DATABASE = "template_pixelpop";

/** A copy of the template; `await using` drops it. */
export interface TestDatabase extends AsyncDisposable {
  /** Superuser URL. */
  readonly url: string;
  /** Drops it and ends its connections. Idempotent. */
  drop(): Promise<void>;
}

/** A server with a migrated template. */
export interface TestServer {
  readonly server: Postgres;
  /** Name of the template; nobody may stay connected to it. */
  readonly template: string;
  /** Makes a copy of the template, under a name of its own. */
  createDatabase(): Promise<TestDatabase>;
  /** Stops the server and removes all its data. Again is no error. */
  stop(): Promise<void>;
}

/**
 * Starts a temporary server and applies the migrations, by the CLI, to its template.
 *
 * @throws {Error} When the server does not start or a migration fails; nothing is left running.
 */
export async function startTestServer(): Promise<TestServer> {
  const server = await startPostgres();
  try {
    await preparePlatform(server);
    await server.createDatabase(TEMPLATE_DATABASE, { template: "template1", owner: "postgres" });
    await applyMigrations(server.url(TEMPLATE_DATABASE, "postgres"));
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    server,
    template: TEMPLATE_DATABASE,
    createDatabase: () => copyDatabase(server, TEMPLATE_DATABASE),
    stop: () => server.stop(),
  };
}

/** Copies a database under a name of its own. */
export async function copyDatabase(
  server: Pick<Postgres, "url" | "createDatabase" | "dropDatabase">,
  template: string,
): Promise<TestDatabase> {
  const name = `test_${crypto.randomUUID().replaceAll("-", "")}`;
  await server.createDatabase(name, { template, owner: "postgres" });
  const drop = () => server.dropDatabase(name);
  return { url: server.url(name), drop, [Symbol.asyncDispose]: drop };
}
