import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { startRedisServer } from "../redis_server.ts";
import { testWithRedis } from "./redis_fixture.ts";

/** Sends one inline command and gives the first reply line. */
async function ask(socketPath: string, command: string): Promise<string> {
  using connection = await Deno.connect({ transport: "unix", path: socketPath });
  await connection.write(new TextEncoder().encode(`${command}\r\n`));
  const buffer = new Uint8Array(1024);
  const length = await connection.read(buffer) ?? 0;
  return new TextDecoder().decode(buffer.subarray(0, length)).trim();
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

testWithRedis("startRedisServer keeps nothing on disk", async ({ server }) => {
  // An empty bulk string: no save points.
  assert((await ask(server.socketPath, "CONFIG GET save")).endsWith("save\r\n$0"));
  assert((await ask(server.socketPath, "CONFIG GET appendonly")).endsWith("no"));
});

testWithRedis(
  "RedisServer restart gives an empty server on the same socket",
  async ({ server }) => {
    const { pid } = server;
    await ask(server.socketPath, "SET kept yes");
    await server.restart();
    assertEquals(await ask(server.socketPath, "GET kept"), "$-1");
    assertNotEquals(server.pid, pid);
  },
);

testWithRedis(
  "RedisServer kill ends the process, and restart brings it back",
  async ({ server }) => {
    await server.kill();
    assertThrows(() => server.pid, Error, "redis-server is stopped");
    await assertRejects(() => ask(server.socketPath, "PING"), Deno.errors.ConnectionRefused);
    await server.restart();
    assertEquals(await ask(server.socketPath, "PING"), "+PONG");
  },
);

testWithRedis("RedisServer stop removes the socket, and again is no error", async ({ server }) => {
  await server.stop();
  await server.stop();
  assertEquals(await exists(server.socketPath), false);
});

testWithRedis("startRedisServer takes a directory too deep for a socket path", async () => {
  const root = await Deno.makeTempDir();
  const server = await startRedisServer({ directory: join(root, "d".repeat(120)) });
  if (server === null) throw new Error("The redis-server on PATH is gone");
  try {
    assertEquals(await ask(server.socketPath, "PING"), "+PONG");
  } finally {
    await server.stop();
  }
  assertEquals(await exists(join(server.socketPath, "..")), false);
  await Deno.remove(root, { recursive: true });
});

testWithRedis("startRedisServer names the log when the server does not come up", async () => {
  const directory = await Deno.makeTempDir();
  // A folder where the socket belongs: redis-server cannot bind and exits.
  const occupied = join(directory, "redis.sock", "occupied");
  await Deno.mkdir(occupied, { recursive: true });
  await assertRejects(() => startRedisServer({ directory }), Error, "redis.log");
  assert(await exists(occupied));
  await Deno.remove(directory, { recursive: true });
});

Deno.test("startRedisServer gives null where no redis-server is on PATH", async () => {
  const directory = await Deno.makeTempDir();
  const path = Deno.env.get("PATH") ?? "";
  Deno.env.set("PATH", directory);
  try {
    assertEquals(await startRedisServer({ directory }), null);
  } finally {
    Deno.env.set("PATH", path);
    await Deno.remove(directory, { recursive: true });
  }
});
