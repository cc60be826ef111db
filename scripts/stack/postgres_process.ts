/** The process of a Postgres server: how it is spawned, when it is ready, how it ends. */
import { join } from "@std/path";
import { locateDataDirectory } from "./data_directory.ts";
import { type Account, commandAs, isHiddenFrom } from "./postgres_account.ts";
import type { Reaper } from "./reaper.ts";

/** What a server's process needs to know. */
export interface PostgresProcessOptions {
  /** Path of the `postgres` program, and who runs it when we may not. */
  program: string;
  account: Account | undefined;
  dataDirectory: string;
  /** Holds the socket. */
  directory: string;
  logFile: string;
  port: number;
  /** Whether commits are flushed to disk. */
  durable: boolean;
  /** Ends the process should we end without doing so. */
  reaper: Reaper;
  /** Hears of it when a server that was ready ends and nobody has asked for it. */
  onDeath?: (error: Error) => void;
}

const SIGNALS = { fast: "SIGINT", immediate: "SIGQUIT" } as const;
/** How long an orderly stop may take before it is forced, in milliseconds. */
const STOP_TIMEOUT = 10_000;

/** A server's process, which may be ended and started again. */
export class PostgresProcess {
  #options: PostgresProcessOptions;
  #child: Deno.ChildProcess | undefined;
  #isUp = false;

  constructor(options: PostgresProcessOptions) {
    this.#options = options;
  }

  /** @throws {Error} While no process runs. */
  get pid(): number {
    if (this.#child === undefined) throw new Error("Postgres is not running");
    return this.#child.pid;
  }

  /**
   * Spawns the process and waits until it accepts connections.
   *
   * @throws {Error} With the end of the log when it ends instead.
   */
  async start(): Promise<void> {
    const { account, program, dataDirectory, logFile, reaper } = this.#options;
    const location = await locateDataDirectory(dataDirectory, account);
    const settings = await this.#settings();
    const child = new Deno.Command("sh", {
      args: [
        ...["-c", 'exec "$@" >>"$0" 2>&1', logFile],
        ...commandAs(account, [program, "-D", location, ...settings]),
      ],
      cwd: dataDirectory,
      env: { LC_ALL: "C", PGDATA: location },
      stdin: "null",
      stdout: "null",
      stderr: "null",
      // Ctrl-C in the terminal is for the stack, which stops its parts in order.
      detached: true,
    }).spawn();
    this.#child = child;
    reaper.track("postgres", child.pid);
    let exited = false;
    child.status.then((status) => {
      exited = true;
      if (this.#isUp && this.#child === child) void this.#die(status);
    });
    while (!await this.#isReady(child.pid)) {
      if (exited) {
        this.#child = undefined;
        reaper.untrack("postgres");
        throw new Error(`Postgres did not start: ${await this.#logTail()}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    this.#isUp = true;
  }

  /** Ends the process, in order or as by a crash, and waits for it; none is no error. */
  async end(mode: keyof typeof SIGNALS): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#child = undefined;
    this.#isUp = false;
    kill(child, SIGNALS[mode]);
    const timer = setTimeout(() => kill(child, SIGNALS.immediate), STOP_TIMEOUT);
    await child.status;
    clearTimeout(timer);
    this.#options.reaper.untrack("postgres");
  }

  async #die({ code, signal }: Deno.CommandStatus): Promise<void> {
    this.#isUp = false;
    const how = signal ?? `code ${code}`;
    const error = new Error(`Postgres ended by itself (${how}): ${await this.#logTail()}`);
    this.#options.onDeath?.(error);
  }

  async #settings(): Promise<string[]> {
    const { account, directory, durable, port } = this.#options;
    // A socket path is limited to 107 bytes, and its folder must be open to the account.
    const socket = directory.length < 80 && !await isHiddenFrom(account, directory);
    const settings = {
      "listen_addresses": "127.0.0.1",
      "port": port,
      "unix_socket_directories": socket ? await Deno.realPath(directory) : "",
      "wal_level": "logical",
      "max_connections": 200,
      "max_wal_senders": 20,
      "max_replication_slots": 20,
      "max_parallel_workers_per_gather": 0,
      "jit": "off",
      "timezone": "UTC",
      "log_timezone": "UTC",
      "log_min_messages": "warning",
      // Statements and details of errors may hold secrets; their sender is told all of it anyway.
      "log_min_error_statement": "panic",
      "log_error_verbosity": "terse",
      "fsync": durable ? "on" : "off",
      "full_page_writes": durable ? "on" : "off",
    };
    return Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  }

  /** Whether the lock file says so, as pg_ctl asks: its first line is the process, its eighth the state. */
  async #isReady(pid: number): Promise<boolean> {
    try {
      const lock = join(this.#options.dataDirectory, "postmaster.pid");
      const lines = (await Deno.readTextFile(lock)).split("\n");
      return Number(lines[0]) === pid && lines[7]?.trim() === "ready";
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  }

  async #logTail(): Promise<string> {
    const log = await Deno.readTextFile(this.#options.logFile).catch(() => "");
    return log.trim().split("\n").slice(-5).join("\n") || `"${this.#options.logFile}" is empty`;
  }
}

function kill(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch {
    // Already gone.
  }
}
