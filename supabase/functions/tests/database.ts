// A database of one's own for a test: a copy of the migrated template of the server the tests run on.
import postgres from "postgres";

/** A copy of the template; `await using` drops it. */
export interface ClonedDatabase extends AsyncDisposable {
  /** Superuser URL. */
  readonly url: string;
}

/**
 * Copies the template named by `TEST_TEMPLATE` on the server of `TEST_DATABASE_URL`, both of which
 * `deno task test` sets. Starts nothing itself.
 *
 * @param options.template Another database to copy, such as `template1`, the platform without our migrations.
 * @throws {Error} When they are not set.
 */
export async function cloneDatabase(
  options: { template?: string } = {},
): Promise<ClonedDatabase> {
  const admin = readVariable("TEST_DATABASE_URL");
  const template = options.template ?? readVariable("TEST_TEMPLATE");
  const name = `test_${crypto.randomUUID().replaceAll("-", "")}`;
  await administer(
    admin,
    // Copying files is the quicker way: the server of the tests does not flush.
    (sql) =>
      sql`create database ${sql(name)} template ${sql(template)} owner postgres strategy file_copy`,
  );
  const url = new URL(admin);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    async [Symbol.asyncDispose]() {
      await administer(admin, (sql) => sql`drop database if exists ${sql(name)} with (force)`);
    },
  };
}

function readVariable(name: string): string {
  const value = Deno.env.get(name);
  if (!value) {
    throw new Error(`Cannot clone a database as ${name} is not set: run "deno task test [filter]"`);
  }
  return value;
}

async function administer(
  url: string,
  run: (sql: postgres.Sql) => Promise<unknown>,
): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    await run(sql);
  } finally {
    await sql.end();
  }
}
