/** Runs commands as they come in an Upstash REST body on a real Redis, and gives their raw replies. */
import { Buffer } from "node:buffer";
import { Redis } from "ioredis";
import { ScriptTranslator } from "./redis_scripts.ts";

/** What one command gave: bulk strings as bytes, else numbers, null and lists of these. */
export type Reply = { result: unknown } | { error: string };

/** The connection to one Redis. It reconnects by itself; while it cannot, every call fails at once. */
export interface RedisCommands {
  /** Runs one command. Its own failure is a reply. @throws {RedisUnreachableError} */
  run(command: unknown): Promise<Reply>;
  /** Runs commands as one MULTI/EXEC; one reply when all were refused. @throws {RedisUnreachableError} */
  runTransaction(commands: unknown[]): Promise<Reply[] | Reply>;
  /** Ends the connection. */
  close(): void;
}

/** Redis did not answer: it is not there, or went away meanwhile. */
export class RedisUnreachableError extends Error {
  override name = "RedisUnreachableError";
}

/** How long to wait between two attempts to connect, in milliseconds. */
const RECONNECT_MS = 20;

/** Commands that change, or take over, the one connection all requests share. */
const UNAVAILABLE = new Set(
  ("AUTH BLMOVE BLMPOP BLPOP BRPOP BRPOPLPUSH BZMPOP BZPOPMAX BZPOPMIN CLIENT DISCARD EXEC HELLO MONITOR " +
    "MULTI PSUBSCRIBE PUNSUBSCRIBE QUIT REPLICAOF RESET SELECT SHUTDOWN SLAVEOF SSUBSCRIBE SUBSCRIBE " +
    "SUNSUBSCRIBE SYNC UNSUBSCRIBE UNWATCH WAIT WATCH").split(" "),
);

/**
 * Connects to the Redis at a unix socket.
 *
 * @throws {Error} When it does not answer.
 */
export async function connectRedis(
  { socketPath }: { socketPath: string },
): Promise<RedisCommands> {
  const redis = new Redis({
    path: socketPath,
    // RESP2, as Upstash's answers are: maps stay flat lists, doubles stay strings.
    protocol: 2,
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    disableClientInfo: true,
    retryStrategy: () => RECONNECT_MS,
  });
  // Without a listener every failed attempt to reconnect is printed.
  redis.on("error", () => undefined);
  try {
    await redis.connect();
  } catch (cause) {
    redis.disconnect();
    throw new Error(`Cannot connect to Redis at "${socketPath}"`, { cause });
  }
  const scripts = new ScriptTranslator();

  async function send(name: string, args: string[]): Promise<Reply> {
    try {
      return { result: await redis.callBuffer(name, args) };
    } catch (error) {
      return toErrorReply(error);
    }
  }

  function prepare(command: unknown): { name: string; args: string[] } | { error: string } {
    const parsed = parseCommand(command);
    if ("error" in parsed) return parsed;
    return { name: parsed.name, args: scripts.translate(parsed.name, parsed.args) };
  }

  return {
    async run(command) {
      const prepared = prepare(command);
      return "error" in prepared ? prepared : await send(prepared.name, prepared.args);
    },
    async runTransaction(commands) {
      const prepared = commands.map(prepare);
      for (const command of prepared) if ("error" in command) return command;
      // All are written in this turn, one after another, so nobody else's command comes between.
      const queued = [send("MULTI", [])];
      for (const command of prepared) {
        if ("name" in command) queued.push(send(command.name, command.args));
      }
      const [outcome] = await Promise.all([send("EXEC", []), ...queued]);
      if ("error" in outcome) return outcome;
      return (outcome.result as unknown[]).map((result) =>
        result instanceof Error ? { error: result.message } : { result }
      );
    },
    close: () => redis.disconnect(),
  };
}

function parseCommand(command: unknown): { name: string; args: string[] } | { error: string } {
  if (!Array.isArray(command) || typeof command[0] !== "string") {
    return { error: "ERR failed to parse command" };
  }
  const [first, ...rest] = command;
  if (rest.some((part) => typeof part === "object" && part !== null)) {
    return { error: "ERR failed to parse command" };
  }
  // Upper case also keeps ioredis from reshaping replies, which it does by lower-case name.
  const name = first.toUpperCase();
  if (UNAVAILABLE.has(name)) return { error: `ERR Command is not available: '${name}'` };
  return { name, args: rest.map(String) };
}

function toErrorReply(error: unknown): { error: string } {
  if (error instanceof Error && error.name === "ReplyError") return { error: error.message };
  throw new RedisUnreachableError("Cannot reach Redis", { cause: error });
}

/** A raw reply as JSON; `base64` as the header `Upstash-Encoding: base64` asks for it. */
export function encodeResult(result: unknown, { base64 }: { base64: boolean }): unknown {
  // The client takes `OK` as it stands, but only where it is the whole result.
  if (Buffer.isBuffer(result) && result.toString() === "OK") return "OK";
  return encodeText(result, { base64 });
}

function encodeText(result: unknown, { base64 }: { base64: boolean }): unknown {
  if (Array.isArray(result)) return result.map((item) => encodeText(item, { base64 }));
  return Buffer.isBuffer(result) ? result.toString(base64 ? "base64" : "utf8") : result;
}
