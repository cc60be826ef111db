import { assert, assertEquals, assertRejects } from "@std/assert";
import { Ratelimit } from "@upstash/ratelimit";
import { Redis } from "@upstash/redis";
import type { RedisFaults } from "../redis_rest.ts";
import { type RedisFixture, testWithRedis } from "./redis_fixture.ts";

type Config = RedisFixture["config"];

/** The real client as a program makes it, but with few and quick retries. */
function connect(config: Config): Redis {
  return new Redis({ ...config, retry: { retries: 0 }, enableTelemetry: false });
}

/** One request by hand, to see what the clients hide. */
async function post(
  config: Config,
  path: string,
  body: unknown,
  options: { headers?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(config.url + path, {
    method: "POST",
    headers: { authorization: `Bearer ${config.token}`, ...options.headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  return { status: response.status, body: await response.json() };
}

testWithRedis(
  "startRedisRest carries every kind of value to the real client",
  async ({ config }) => {
    const redis = connect(config);
    const values = [
      "plain",
      "naïve ☃ 🎨",
      "OK",
      "b2s=",
      "",
      "12",
      { nested: ["a", 1, null] },
      42,
      true,
    ];
    for (const value of values) {
      assertEquals(await redis.set("key", value), "OK");
      assertEquals(await redis.get("key"), value === "12" ? 12 : value as unknown);
    }
    assertEquals(await redis.get("absent"), null);
    assertEquals(await redis.incrbyfloat("float", 1.5), 1.5);
    await redis.hset("hash", { a: "1", b: "☃" });
    assertEquals(await redis.hgetall("hash"), { a: 1, b: "☃" });
    await redis.rpush("list", "x", "OK", "z");
    assertEquals(await redis.lrange("list", 0, -1), ["x", "OK", "z"]);
    assertEquals(await redis.eval("return {1, {'in', {'ner'}}, false}", [], []), [
      1,
      ["in", ["ner"]],
      null,
    ]);
  },
);

testWithRedis(
  "startRedisRest encodes strings only when asked to, and never exactly OK",
  async ({ config }) => {
    const headers = { "upstash-encoding": "base64" };
    assertEquals((await post(config, "/", ["set", "k", "v"], { headers })).body, { result: "OK" });
    assertEquals((await post(config, "/", ["get", "k"], { headers })).body, { result: "dg==" });
    assertEquals((await post(config, "/", ["get", "k"])).body, { result: "v" });
    assertEquals((await post(config, "/", ["strlen", "k"], { headers })).body, { result: 1 });
    assertEquals((await post(config, "/", ["get", "no"], { headers })).body, { result: null });
  },
);

testWithRedis("startRedisRest answers a pipeline item by item and in order", async ({ config }) => {
  const redis = connect(config);
  const pipeline = redis.pipeline().set("n", 1).incr("n").lpush("n", "x").get("n");
  const results = await pipeline.exec({ keepErrors: true });
  assertEquals(results.map(({ result }) => result), ["OK", 2, undefined, 2] as unknown[]);
  assert(results[2]?.error?.includes("WRONGTYPE"));
  assertEquals((await post(config, "/pipeline", [["lpush", "n", "x"]])).status, 200);
});

testWithRedis("startRedisRest runs multi-exec as one transaction", async ({ config }) => {
  const redis = connect(config);
  // Another client's increments may come before or after a transaction, never within.
  const transactions = Array.from(
    { length: 20 },
    () => redis.multi().incr("n").incr("n").exec<[number, number]>(),
  );
  const others = Array.from({ length: 20 }, () => redis.incr("n"));
  for (const [first, second] of await Promise.all(transactions)) assertEquals(second, first + 1);
  await Promise.all(others);
  assertEquals(await redis.get("n"), 60);
});

testWithRedis(
  "startRedisRest refuses a whole transaction with a malformed command",
  async ({ config }) => {
    const { status, body } = await post(config, "/multi-exec", [["set", "a", "1"], ["get"]]);
    assertEquals(status, 400);
    assert((body as { error: string }).error.startsWith("EXECABORT"));
    assertEquals((await post(config, "/", ["get", "a"])).body, { result: null });
    const { body: mixed } = await post(config, "/multi-exec", [["set", "a", "1"], [
      "lpush",
      "a",
      "x",
    ]]);
    assertEquals((mixed as { result?: string; error?: string }[]).map(({ result }) => result), [
      "OK",
      undefined,
    ]);
  },
);

const ALGORITHMS = {
  tokenBucket: Ratelimit.tokenBucket(1, "60 s", 5),
  fixedWindow: Ratelimit.fixedWindow(5, "1 h"),
  slidingWindow: Ratelimit.slidingWindow(5, "1 h"),
};
for (const [algorithm, limiter] of Object.entries(ALGORITHMS)) {
  testWithRedis(
    `startRedisRest lets ${algorithm} of @upstash/ratelimit allow exactly its limit`,
    async ({ config }) => {
      const ratelimit = new Ratelimit({
        redis: connect(config),
        limiter,
        ephemeralCache: false,
        timeout: 0,
      });
      const answers = await Promise.all(
        Array.from({ length: 100 }, () => ratelimit.limit("someone")),
      );
      assertEquals(answers.filter(({ success }) => success).length, 5);
      assertEquals((await ratelimit.limit("somebody else")).success, true);
    },
  );
}

const SHEBANG_SCRIPT = "#!lua flags=allow-key-locking\nreturn redis.call('incr', KEYS[1])";
const SHEBANG_SHA = "4e3b0d2f";

testWithRedis(
  "startRedisRest knows an Upstash script by the hash of its own text",
  async ({ config, server }) => {
    const redis = connect(config);
    const digest = await crypto.subtle.digest("SHA-1", new TextEncoder().encode(SHEBANG_SCRIPT));
    const sha = new Uint8Array(digest).toHex();
    await assertRejects(() => redis.evalsha(sha, ["n"], []), Error, "NOSCRIPT");
    assertEquals(await redis.eval(SHEBANG_SCRIPT, ["n"], []), 1);
    assertEquals(await redis.evalsha(sha, ["n"], []), 2);
    assertEquals(await redis.evalsha(sha.toUpperCase(), ["n"], []), 3);
    assertEquals(await redis.scriptExists(sha, SHEBANG_SHA.padEnd(40, "0")), [1, 0]);
    await server.restart();
    await untilAnswered(config);
    await assertRejects(() => redis.evalsha(sha, ["n"], []), Error, "NOSCRIPT");
    await redis.scriptLoad(SHEBANG_SCRIPT);
    assertEquals(await redis.evalsha(sha, ["n"], []), 1);
  },
);

testWithRedis(
  "startRedisRest refuses a wrong, a missing and a misplaced token",
  async ({ config }) => {
    for (
      const headers of [{ authorization: "Bearer wrong" }, { authorization: "" }, {
        authorization: config.token,
      }]
    ) {
      const { status, body } = await post(config, "/", ["set", "k", "v"], { headers });
      assertEquals(status, 401);
      assertEquals(JSON.stringify(body).includes(config.token), false);
    }
    assertEquals((await post(config, "/", ["get", "k"])).body, { result: null });
    await assertRejects(() => connect({ ...config, token: "wrong" }).get("k"), Error, "WRONGPASS");
  },
);

testWithRedis(
  "startRedisRest refuses what it cannot parse and what would take the connection over",
  async ({ config }) => {
    const refused: [string, unknown][] = [
      ["/", "{"],
      ["/", "[]"],
      ["/", { set: 1 }],
      ["/", ["set", { a: 1 }, "v"]],
      ["/", ["select", "3"]],
      ["/", ["SUBSCRIBE", "c"]],
      ["/", ["blpop", "k", "0"]],
      ["/", ["nonsense"]],
      ["/pipeline", "{}"],
      ["/get/k", ["get", "k"]],
    ];
    for (const [path, body] of refused) {
      const answer = await post(config, path, body);
      assertEquals(answer.status, 400, JSON.stringify(body));
      assert((answer.body as { error: string }).error.startsWith("ERR"));
    }
    assertEquals((await post(config, "/", ["ping"])).body, { result: "PONG" });
  },
);

testWithRedis(
  "startRedisRest answers 503 at once while Redis is away, and reconnects",
  async ({ config, server }) => {
    await server.kill();
    await untilStatus(config, 503);
    assertEquals((await post(config, "/pipeline", [["ping"]])).status, 503);
    assertEquals((await post(config, "/multi-exec", [["ping"]])).status, 503);
    await server.restart();
    await untilAnswered(config);
    assertEquals(await connect(config).ping(), "PONG");
  },
);

testWithRedis(
  "RedisRest setFaults down closes every connection, and ok ends it",
  async ({ config, bridge }) => {
    assertEquals((await post(config, "/", ["ping"])).status, 200);
    await bridge.setFaults("down");
    await assertRejects(() => post(config, "/", ["ping"]), TypeError);
    await assertRejects(() => post(config, "/", ["ping"]), TypeError);
    await bridge.setFaults("ok");
    assertEquals((await post(config, "/", ["ping"])).status, 200);
  },
);

testWithRedis(
  "RedisRest setFaults hang never answers a request it accepted",
  async ({ config, bridge }) => {
    await bridge.setFaults(["hang"]);
    const client = new AbortController();
    const outcomes = new Set<string>();
    const requests = ["a", "b"].map(async (name) => {
      await post(config, "/", ["incr", "n"], { signal: client.signal });
      outcomes.add(name);
    });
    await Promise.any(requests);
    assertEquals((await post(config, "/", ["get", "n"])).body, { result: "1" });
    assertEquals(outcomes.size, 1);
    client.abort();
    const ends = await Promise.allSettled(requests);
    assertEquals(ends.filter(({ status }) => status === "rejected").length, 1);
  },
);

testWithRedis("RedisRest setFaults hang holds until ok", async ({ config, bridge }) => {
  await bridge.setFaults("hang");
  for (let count = 0; count < 2; count++) {
    const client = new AbortController();
    setTimeout(() => client.abort(), 50);
    const { signal } = client;
    await assertRejects(() => post(config, "/", ["incr", "n"], { signal }), DOMException);
  }
  await bridge.setFaults("ok");
  assertEquals((await post(config, "/", ["get", "n"])).body, { result: null });
});

testWithRedis("RedisRest setFaults spends a list one a request", async ({ config, bridge }) => {
  await bridge.setFaults([{ status: 500 }, "ok", { status: 200, body: '"nonsense"' }]);
  const answers = [];
  for (let count = 0; count < 4; count++) answers.push(await post(config, "/", ["ping"]));
  assertEquals(answers.map(({ status, body }) => [status, body]), [
    [500, { error: "ERR told to fail" }],
    [200, { result: "PONG" }],
    [200, "nonsense"],
    [200, { result: "PONG" }],
  ]);
});

testWithRedis(
  "RedisRest setFaults closes the connection of one request",
  async ({ config, bridge }) => {
    // By hand: fetch sends a request again when a connection it has used before is closed.
    await bridge.setFaults(["down"]);
    const { hostname, port } = new URL(config.url);
    using connection = await Deno.connect({ hostname, port: Number(port) });
    const request = `POST / HTTP/1.1\r\nhost: redis\r\ncontent-length: 0\r\n\r\n`;
    await connection.write(new TextEncoder().encode(request));
    const read = await connection.read(new Uint8Array(64)).catch((error: Error) => error);
    assert(read === null || read instanceof Deno.errors.ConnectionReset, String(read));
    await untilAnswered(config);
  },
);

testWithRedis("RedisRest setFaults refuses what is no fault", async ({ bridge, config }) => {
  const wrong = ["slow", ["slow"], [{ status: 99 }], [{ status: 500, code: "x" }], null, 5, [null]];
  for (const faults of wrong) {
    await assertRejects(
      () => bridge.setFaults(faults as RedisFaults),
      TypeError,
      "Faults of Redis",
    );
  }
  assertEquals((await post(config, "/", ["ping"])).status, 200);
});

testWithRedis(
  "RedisRest close frees the port, and a second close is no error",
  async ({ bridge, config }) => {
    await bridge.setFaults("down");
    await bridge.close();
    await bridge.close();
    const port = Number(new URL(config.url).port);
    Deno.listen({ hostname: "127.0.0.1", port }).close();
  },
);

/** Asks until the bridge answers with `status`; fails after 60 s. */
async function untilStatus(config: Config, status: number): Promise<void> {
  const giveUp = Date.now() + 60_000;
  while (Date.now() < giveUp) {
    const answer = await post(config, "/", ["ping"]).catch(() => undefined);
    if (answer?.status === status) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`The bridge did not answer ${status} within 60 s`);
}

function untilAnswered(config: Config): Promise<void> {
  return untilStatus(config, 200);
}
