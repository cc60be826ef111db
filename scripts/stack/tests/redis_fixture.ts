/** A test's own Redis: a fresh redis-server and the REST bridge before it, both gone when the test ends. */
import { type RedisRest, startRedisRest } from "../redis_rest.ts";
import { type RedisServer, startRedisServer } from "../redis_server.ts";

/** What a test gets. */
export interface RedisFixture {
  server: RedisServer;
  bridge: RedisRest;
  /** What a client of the bridge needs. */
  config: { url: string; token: string };
}

const TOKEN = "redis-fixture-token";

/** Whether there is a redis-server on PATH. */
export const hasRedisServer = await isOnPath("redis-server");
// `deno task test` has said so already, once for all files.
if (!hasRedisServer && Deno.env.get("TEST_DATABASE_URL") === undefined) {
  Deno.stderr.writeSync(
    new TextEncoder().encode("No redis-server on PATH: the tests that need one are ignored\n"),
  );
}

/** Registers a test that needs a Redis; ignored where there is no redis-server. */
export function testWithRedis(name: string, run: (redis: RedisFixture) => Promise<void>): void {
  Deno.test({
    name,
    ignore: !hasRedisServer,
    async fn() {
      const directory = await Deno.makeTempDir();
      const server = await startRedisServer({ directory });
      if (server === null) throw new Error("The redis-server on PATH is gone");
      const bridge = await startRedisRest({ redis: server, token: TOKEN });
      try {
        await run({ server, bridge, config: { url: bridge.url, token: TOKEN } });
      } finally {
        await bridge.close();
        await server.stop();
        await Deno.remove(directory, { recursive: true });
      }
    },
  });
}

async function isOnPath(program: string): Promise<boolean> {
  try {
    await new Deno.Command(program, { args: ["--version"], stdout: "null" }).output();
    return true;
  } catch {
    return false;
  }
}
