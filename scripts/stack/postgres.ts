/**
 * A real PostgreSQL 17 server of our own, in place of the one `supabase start` runs in Docker.
 *
 * Left out: passwords and TLS (it listens on loopback only and trusts it) and the libraries Supabase
 * preloads; what we need of their extensions is in `extensions/`.
 */
import { join } from "@std/path";
import postgres from "postgres";
import { openDataDirectory } from "./data_directory.ts";
import { findPostgresAccount } from "./postgres_account.ts";
import { installPostgres } from "./postgres_binaries.ts";
import { PostgresProcess, type PostgresProcessOptions } from "./postgres_process.ts";
import { findFreePort } from "./ports.ts";
import { type Reaper, startReaper } from "./reaper.ts";

/** Where a server keeps its data and listens. All optional. */
export interface PostgresOptions {
  /** Data is kept here, and flushed to disk; without it data is temporary and removed at the end. */
  dataDirectory?: string;
  /** Holds the log (`postgres.log`) and temporary data; default: the system's temporary folder. */
  workDirectory?: string;
  /** @default a free port */
  port?: number;
  /** Hears of it when the server ends and nobody has asked for it. */
  onDeath?: (error: Error) => void;
}

/** A running server. */
export interface Postgres {
  readonly port: number;
  /** Process number of the postmaster; another one after `restart`. */
  readonly pid: number;
  /** The server's temporary folder; removed by `stop`, as it is when this process is killed. */
  readonly directory: string;
  readonly logFile: string;
  /** URL of a database for the superuser, or for another role. @default {"postgres"} */
  url(database?: string, role?: string): string;
  /**
   * Makes a database as a copy of `template`, to which no session may be connected meanwhile.
   *
   * @param options.owner Default: the superuser.
   */
  createDatabase(name: string, options: { template: string; owner?: string }): Promise<void>;
  /** Drops a database and ends its connections; a missing one is no error. */
  dropDatabase(name: string): Promise<void>;
  /** Stops and starts again on the same port: "immediate" is a crash, "fast" an orderly stop. */
  restart(mode: "fast" | "immediate"): Promise<void>;
  /** Stops in order and removes temporary data. Again is no error. */
  stop(): Promise<void>;
}

/**
 * Starts a server, installing and initialising what is missing.
 *
 * @throws {Error} When it cannot run here, the data directory is not usable, or the port is taken.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<Postgres> {
  const [account, binaries] = [await findPostgresAccount(), await installPostgres()];
  if (options.workDirectory) await Deno.mkdir(options.workDirectory, { recursive: true });
  const directory = await Deno.makeTempDir({
    ...(options.workDirectory === undefined ? {} : { dir: options.workDirectory }),
    prefix: "pixelpop-postgres-",
  });
  const reaper = await startReaper(join(directory, "reaper"));
  try {
    reaper.removeOnExit(await Deno.realPath(directory));
    if (account !== undefined) await Deno.chown(directory, account.uid, account.gid);
    const dataDirectory = options.dataDirectory ?? join(directory, "data");
    await openDataDirectory(dataDirectory, { initdb: binaries.initdb, account });
    const settings: PostgresProcessOptions = {
      program: binaries.postgres,
      account,
      dataDirectory,
      directory,
      logFile: join(options.workDirectory ?? directory, "postgres.log"),
      port: options.port ?? findFreePort(),
      durable: options.dataDirectory !== undefined,
      reaper,
      ...(options.onDeath === undefined ? {} : { onDeath: options.onDeath }),
    };
    const process = new PostgresProcess(settings);
    await process.start();
    return new Server(process, settings);
  } catch (error) {
    await reaper.close();
    await Deno.remove(directory, { recursive: true });
    throw error;
  }
}

class Server implements Postgres {
  readonly port: number;
  readonly directory: string;
  readonly logFile: string;
  #process: PostgresProcess;
  #reaper: Reaper;
  #copyStrategy: "wal_log" | "file_copy";
  #stopping: Promise<void> | undefined;

  constructor(process: PostgresProcess, options: PostgresProcessOptions) {
    this.port = options.port;
    this.directory = options.directory;
    this.logFile = options.logFile;
    this.#process = process;
    this.#reaper = options.reaper;
    // Copying files beats the write-ahead log as long as a checkpoint costs nothing.
    this.#copyStrategy = options.durable ? "wal_log" : "file_copy";
  }

  get pid(): number {
    return this.#process.pid;
  }

  url(database = "postgres", role = "supabase_admin"): string {
    return `postgresql://${role}@127.0.0.1:${this.port}/${database}`;
  }

  async createDatabase(
    name: string,
    { template, owner = "supabase_admin" }: { template: string; owner?: string },
  ): Promise<void> {
    await this.#administer(
      template,
      (sql) =>
        sql`create database ${sql(name)} template ${sql(template)} owner ${sql(owner)} strategy ${
          sql(this.#copyStrategy)
        }`,
    );
  }

  async dropDatabase(name: string): Promise<void> {
    await this.#administer(
      name,
      (sql) => sql`drop database if exists ${sql(name)} with (force)`,
    );
  }

  async restart(mode: "fast" | "immediate"): Promise<void> {
    await this.#process.end(mode);
    await this.#process.start();
  }

  stop(): Promise<void> {
    return this.#stopping ??= this.#stop();
  }

  async #stop(): Promise<void> {
    await this.#process.end("fast");
    await this.#reaper.close();
    await Deno.remove(this.directory, { recursive: true });
  }

  /** Runs a statement about database `about` while connected to another. */
  async #administer(
    about: string,
    run: (sql: postgres.Sql) => Promise<unknown>,
  ): Promise<void> {
    const url = this.url(about === "postgres" ? "template1" : "postgres");
    const sql = postgres(url, { max: 1, onnotice: () => undefined });
    try {
      await run(sql);
    } finally {
      await sql.end();
    }
  }
}
