/**
 * A real `redis-server` of our own, behind the Upstash REST bridge (`redis_rest.ts`).
 *
 * It listens on a unix socket only, so it needs no port and nobody else's program finds it. Left out:
 * persistence (a restart forgets everything), replication, TLS.
 */
import { join } from "@std/path";

/** A running server. */
export interface RedisServer {
  /** Where it listens; the same after `restart`. */
  readonly socketPath: string;
  /** Process number; another one after `restart`. */
  readonly pid: number;
  /** Stops the server if it runs, and starts an empty one on the same socket. */
  restart(): Promise<void>;
  /** Ends the process as a crash does (SIGKILL); `restart` brings it back. */
  kill(): Promise<void>;
  /** Ends the process and removes its socket. Again is no error. */
  stop(): Promise<void>;
}

/** How long a start may take, in milliseconds. */
const START_TIMEOUT_MS = 10_000;
/** The longest socket path, in bytes, that every system takes (macOS: 104 with its end mark). */
const MAX_SOCKET_PATH = 100;

/**
 * Starts `redis-server` with its log (`redis.log`) and socket in `directory`, which is made if absent.
 *
 * @returns `null` when no `redis-server` is on PATH.
 * @throws {Error} When it does not come up.
 */
export async function startRedisServer(
  { directory }: { directory: string },
): Promise<RedisServer | null> {
  await Deno.mkdir(directory, { recursive: true });
  const place = await choosePlace(directory);
  const server = new Server(place, join(directory, "redis.log"));
  try {
    await server.start();
    return server;
  } catch (error) {
    await server.stop();
    // The working directory exists by now, so it is the program that was not found.
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** The socket's path, and the folder to remove with it when it had to be a folder of its own. */
interface Place {
  socketPath: string;
  temporary?: string;
}

async function choosePlace(directory: string): Promise<Place> {
  const socketPath = join(await Deno.realPath(directory), "redis.sock");
  if (new TextEncoder().encode(socketPath).length <= MAX_SOCKET_PATH) return { socketPath };
  const temporary = await Deno.makeTempDir({ prefix: "pixelpop-redis-" });
  return { socketPath: join(temporary, "redis.sock"), temporary };
}

class Server implements RedisServer {
  readonly socketPath: string;
  #process: Deno.ChildProcess | undefined;

  constructor(private readonly place: Place, private readonly logFile: string) {
    this.socketPath = place.socketPath;
  }

  get pid(): number {
    if (this.#process === undefined) {
      throw new Error("Cannot tell the pid: redis-server is stopped");
    }
    return this.#process.pid;
  }

  async start(): Promise<void> {
    const process = new Deno.Command("redis-server", {
      args: [
        ...["--port", "0", "--unixsocket", this.socketPath, "--unixsocketperm", "700"],
        ...["--save", "", "--appendonly", "no", "--daemonize", "no"],
        ...["--logfile", this.logFile, "--loglevel", "warning"],
      ],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    this.#process = process;
    let ended = false;
    process.status.then(() => ended = true);
    for (const started = Date.now(); !await this.#accepts(); await pause(5)) {
      if (ended || Date.now() - started > START_TIMEOUT_MS) {
        throw new Error(
          `Cannot start redis-server: it accepts no connection, see "${this.logFile}"`,
        );
      }
    }
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  // Nothing is kept, so there is nothing that an orderly end, which takes 0.1 s, would save.
  async kill(): Promise<void> {
    const process = this.#process;
    this.#process = undefined;
    if (process === undefined) return;
    try {
      process.kill("SIGKILL");
    } catch {
      // It has ended by itself: a Ctrl-C in a terminal reaches it too.
    }
    await process.status;
  }

  async stop(): Promise<void> {
    await this.kill();
    const { socketPath, temporary } = this.place;
    await Deno.remove(socketPath).catch(() => undefined);
    if (temporary !== undefined) await Deno.remove(temporary).catch(() => undefined);
  }

  async #accepts(): Promise<boolean> {
    try {
      (await Deno.connect({ transport: "unix", path: this.socketPath })).close();
      return true;
    } catch {
      return false;
    }
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
