/**
 * Upstash Redis's REST API over a real Redis: what `@upstash/redis` talks to on the embedded stack.
 *
 * Left out: commands in the URL path, read-only tokens, streamed commands (SUBSCRIBE, MONITOR), blocking
 * commands, sync tokens (there is one server, so reads follow writes anyway) and quotas.
 */
import { connectRedis, encodeResult, type Reply } from "./redis_commands.ts";
import { type RedisCommands, RedisUnreachableError } from "./redis_commands.ts";
import { type RedisFault, type RedisFaults, startFaultyListener } from "./redis_faults.ts";

export type { RedisFault, RedisFaults };

/** Where the bridge listens and what it stands before. */
export interface RedisRestOptions {
  /** The Redis behind it, which must be running. */
  redis: { socketPath: string };
  /** The one token that is accepted. */
  token: string;
  /** @default {"127.0.0.1"} */
  hostname?: string;
  /** @default a free port */
  port?: number;
}

/** A listening bridge. */
export interface RedisRest {
  /** Base URL, without a trailing slash: `UPSTASH_REDIS_REST_URL`. */
  readonly url: string;
  /**
   * Changes how it fails, from the next request on: `"down"` (every connection is closed at once),
   * `"hang"` (requests are accepted and never answered), `"ok"`; or a list, spent one a request, of
   * these and of `{status, body?}` (an answer of another kind), followed by `"ok"`.
   *
   * @throws {TypeError} For anything else.
   */
  setFaults(faults: RedisFaults): Promise<void>;
  /** Closes every connection and frees the port. Again is no error. */
  close(): Promise<void>;
}

/**
 * Starts the bridge.
 *
 * While Redis is away it answers 503; it finds a restarted Redis by itself.
 *
 * @throws {Error} When Redis does not answer or the port is taken.
 */
export async function startRedisRest(options: RedisRestOptions): Promise<RedisRest> {
  const redis = await connectRedis(options.redis);
  const authorization = `Bearer ${options.token}`;

  async function answer(request: Request): Promise<Response> {
    // Read in any case: an unread body would stall the next request on this connection.
    const body = await request.text();
    if (request.headers.get("authorization") !== authorization) {
      return reply(401, { error: "WRONGPASS invalid or missing auth token" });
    }
    if (request.method !== "POST") return reply(405, { error: "ERR use POST" });
    const base64 = request.headers.get("upstash-encoding") === "base64";
    const encode = (item: Reply) =>
      "error" in item ? item : { result: encodeResult(item.result, { base64 }) };
    try {
      const output = await runRequest(redis, new URL(request.url).pathname, body);
      if (Array.isArray(output)) return reply(200, output.map(encode));
      return reply("error" in output ? 400 : 200, encode(output));
    } catch (error) {
      if (!(error instanceof RedisUnreachableError)) throw error;
      return reply(503, { error: "ERR Redis is not reachable" });
    }
  }

  try {
    const listener = await startFaultyListener(answer, options);
    return {
      url: listener.url,
      setFaults: (faults) => listener.setFaults(faults),
      async close() {
        await listener.close();
        redis.close();
      },
    };
  } catch (error) {
    redis.close();
    throw error;
  }
}

async function runRequest(
  redis: RedisCommands,
  path: string,
  body: string,
): Promise<Reply | Reply[]> {
  let input: unknown;
  try {
    input = JSON.parse(body);
  } catch {
    return { error: "ERR failed to parse request" };
  }
  if (path === "/") return await redis.run(input);
  if (!Array.isArray(input)) return { error: "ERR failed to parse pipeline request" };
  if (path === "/pipeline") return await Promise.all(input.map((command) => redis.run(command)));
  if (path === "/multi-exec") return await redis.runTransaction(input);
  return { error: `ERR unknown path "${path}"` };
}

function reply(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json" },
  });
}
