/** The control door over HTTP, before real OpenAI and S3 stand-ins and recording fakes of the other parts. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { type ControlledParts, startControl } from "../control.ts";
import type { RedisFaults } from "../redis_rest.ts";
import { API_KEY, startFixture } from "./openai_fixture.ts";
import { startFixture as startS3Fixture } from "./s3_fixture.ts";

const REQUEST = { model: "gpt-image-1.5", prompt: "a red fox in snow", size: "1536x1024" } as const;

/** A door before real and recorded parts. `calls` is what the recorded ones were told. */
async function startDoor({ absent = false } = {}) {
  const openai = await startFixture();
  const s3 = await startS3Fixture();
  const calls: string[] = [];
  const webhooks: ControlledParts["webhooks"] = { mode: "deliver" };
  const cron: ControlledParts["cron"] = { mode: "run" };
  const control = await startControl({
    openai: openai.openai,
    s3: s3.s3,
    webhooks,
    cron,
    functions: { kill: (name) => calls.push(`kill ${name}`) },
    realtime: {
      dropAll: () => calls.push("drop"),
      silence: (on) => calls.push(`silence ${on}`),
      pause: (on) => calls.push(`pause ${on}`),
    },
    ...(absent ? {} : {
      redis: {
        setFaults(faults: RedisFaults) {
          if (faults !== "ok" && faults !== "down") throw new TypeError("Faults of Redis: wrong");
          calls.push(`redis ${faults}`);
        },
      },
      postgres: { restart: (mode: string) => Promise.resolve(void calls.push(`restart ${mode}`)) },
      redisServer: {
        kill: () => Promise.resolve(void calls.push("kill redis")),
        restart: () => Promise.resolve(void calls.push("restart redis")),
      },
      ringWorker: () => Promise.resolve(calls.push("ring")),
    }),
  });
  /** Sends `body` as JSON to a line like `PUT /cron`; gives status and answer. */
  const ask = async (line: string, body?: unknown): Promise<[status: number, answer: unknown]> => {
    const [method = "", path = ""] = line.split(" ");
    const response = await fetch(`${control.url}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return [response.status, text === "" ? null : JSON.parse(text)];
  };
  return {
    control,
    openai,
    s3,
    webhooks,
    cron,
    calls,
    ask,
    async [Symbol.asyncDispose]() {
      await control.close();
      await openai[Symbol.asyncDispose]();
      await s3[Symbol.asyncDispose]();
    },
  };
}

/** The message of a 400. */
async function messageOf(answer: Promise<[number, unknown]>): Promise<string> {
  const [status, body] = await answer;
  assertEquals(status, 400);
  return (body as { message: string }).message;
}

Deno.test("the door sets and shows OpenAI's latency", async () => {
  await using door = await startDoor();
  const latency = { ms: 200, "jitter_ms": 0 };
  assertEquals(await door.ask("PUT /openai/latency", latency), [200, latency]);
  assertEquals(await door.ask("GET /openai/latency"), [200, latency]);
  assertEquals(await door.ask("PUT /openai/latency", { ms: 5 }), [200, { ...latency, ms: 5 }]);
  for (
    const wrong of [{}, { ms: "5" }, { ms: -1 }, { ms: 5, "jitter_ms": 9 }, { ms: 5, x: 1 }, 5]
  ) {
    await messageOf(door.ask("PUT /openai/latency", wrong));
  }
  assertEquals(door.openai.openai.latency().ms, 5);
});

Deno.test("the door sets OpenAI's faults and shows what is left of them", async () => {
  await using door = await startDoor();
  const faults = [
    { status: 429, code: "rate_limit_exceeded", "retry_after": 1 },
    { hang: true },
    { drop: true },
    { malformed: true },
  ];
  assertEquals(await door.ask("PUT /openai/faults", faults), [200, faults]);
  await assertRejects(() => door.openai.client.images.generate(REQUEST));
  assertEquals(await door.ask("GET /openai/faults"), [200, faults.slice(1)]);
  const message = await messageOf(door.ask("PUT /openai/faults", [{ hangs: true }]));
  assertMatch(message, /^A fault has no field "hangs"/);
  assertEquals(await door.ask("PUT /openai/faults", []), [200, []]);
  await door.openai.client.images.generate(REQUEST);
});

Deno.test("the door shows every image request in the contract's words, and forgets them", async () => {
  await using door = await startDoor();
  await door.openai.client.images.generate(REQUEST);
  const [status, requests] = await door.ask("GET /openai/requests");
  assertEquals(status, 200);
  const [request] = requests as Record<string, string>[];
  const { model, prompt, size, outcome } = request ?? {};
  assertEquals({ model, prompt, size, outcome }, { ...REQUEST, outcome: "ok" });
  for (const time of [request?.started_at, request?.finished_at]) {
    assertMatch(time ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  }
  assert(!JSON.stringify(requests).includes(API_KEY));
  assertEquals(await door.ask("DELETE /openai/requests"), [204, null]);
  assertEquals(await door.ask("GET /openai/requests"), [200, []]);
});

Deno.test("the door retires models", async () => {
  await using door = await startDoor();
  const [, models] = await door.ask("PUT /openai/models", { retired: ["gpt-image-1.5"] });
  assertEquals((models as { retired: string[] }).retired, ["gpt-image-1.5"]);
  await assertRejects(() => door.openai.client.images.generate(REQUEST), Error, "404");
  await messageOf(door.ask("PUT /openai/models", { retired: ["gpt-7"] }));
  await messageOf(door.ask("PUT /openai/models", { retired: "gpt-image-2" }));
});

Deno.test("the door breaks S3, in every way of asking, and shows its requests", async () => {
  await using door = await startDoor();
  for (const mode of ["down", "hang", "ok"]) {
    assertEquals(await door.ask("PUT /s3/faults", mode), [200, mode]);
    assertEquals(await door.ask("PUT /s3/faults", { mode }), [200, mode]);
    assertEquals(await door.ask("GET /s3/faults"), [200, mode]);
  }
  const faults = [{ status: 500 }, { hang: true }];
  assertEquals(await door.ask("PUT /s3/faults", faults), [200, faults]);
  assertEquals((await fetch(door.s3.publicUrl("a"), { method: "HEAD" })).status, 500);
  assertMatch(await messageOf(door.ask("PUT /s3/faults", "sideways")), /"ok", "down", "hang"/);
  const [, requests] = await door.ask("GET /s3/requests");
  const [request] = requests as Record<string, string>[];
  assertEquals([request?.method, request?.key], ["HEAD", "a"]);
  assertEquals(await door.ask("DELETE /s3/requests"), [204, null]);
});

Deno.test("the door sets Redis's faults, and says so where there is no Redis", async () => {
  await using door = await startDoor();
  assertEquals(await door.ask("GET /redis/faults"), [200, "ok"]);
  assertEquals(await door.ask("PUT /redis/faults", "down"), [200, "down"]);
  assertEquals(await messageOf(door.ask("PUT /redis/faults", 7)), "Faults of Redis: wrong");
  assertEquals(await door.ask("GET /redis/faults"), [200, "down"]);
  assertEquals(await door.ask("PUT /redis/faults", { mode: "ok" }), [200, "ok"]);
  assertEquals(door.calls, ["redis down", "redis ok"]);
  await using bare = await startDoor({ absent: true });
  for (const line of ["GET /redis/faults", "PUT /redis/faults", "POST /webhooks/repeat"]) {
    assertEquals((await bare.ask(line, line.startsWith("GET") ? undefined : {}))[0], 404);
  }
});

Deno.test("the door kills and restarts the Redis server, and says so where it is not ours", async () => {
  await using door = await startDoor();
  assertEquals(await door.ask("POST /redis/kill"), [200, { killed: "redis" }]);
  assertEquals(await door.ask("POST /redis/restart"), [200, { restarted: "redis" }]);
  assertEquals(door.calls, ["kill redis", "restart redis"]);
  await using bare = await startDoor({ absent: true });
  for (const line of ["POST /redis/kill", "POST /redis/restart"]) {
    assertEquals((await bare.ask(line))[0], 404);
  }
});

Deno.test("the door stops and starts webhooks and cron", async () => {
  await using door = await startDoor();
  assertEquals(await door.ask("GET /webhooks"), [200, { mode: "deliver" }]);
  assertEquals(await door.ask("PUT /webhooks", { mode: "drop" }), [200, { mode: "drop" }]);
  assertEquals(door.webhooks.mode, "drop");
  assertEquals(await door.ask("PUT /cron", { mode: "stop" }), [200, { mode: "stop" }]);
  assertEquals(door.cron.mode, "stop");
  const message = await messageOf(door.ask("PUT /cron", { mode: "drop" }));
  assertEquals(message, '"mode" must be "run" or "stop": got "drop"');
  await messageOf(door.ask("PUT /webhooks", "drop"));
  assertEquals([door.webhooks.mode, door.cron.mode], ["drop", "stop"]);
});

Deno.test("the door rings the worker as often as told", async () => {
  await using door = await startDoor();
  assertEquals(await door.ask("POST /webhooks/repeat", { times: 3 }), [200, { times: 3 }]);
  assertEquals(door.calls, ["ring", "ring", "ring"]);
  for (const times of [0, 1.5, "2", 1001]) {
    await messageOf(door.ask("POST /webhooks/repeat", { times }));
  }
  assertEquals(door.calls.length, 3);
});

Deno.test("the door kills functions, drops sockets and restarts Postgres", async () => {
  await using door = await startDoor();
  assertEquals(await door.ask("POST /functions/worker/kill"), [200, { killed: "worker" }]);
  assertEquals(await door.ask("POST /functions/auth/kill"), [200, { killed: "auth" }]);
  assertEquals((await door.ask("POST /functions/stranger/kill"))[0], 404);
  assertEquals((await door.ask("POST /realtime/drop"))[0], 200);
  assertEquals(await door.ask("POST /postgres/restart"), [200, { mode: "fast" }]);
  const immediate = { mode: "immediate" };
  assertEquals(await door.ask("POST /postgres/restart", immediate), [200, immediate]);
  await messageOf(door.ask("POST /postgres/restart", { mode: "smart" }));
  assertEquals(door.calls, [
    "kill worker",
    "kill auth",
    "drop",
    "restart fast",
    "restart immediate",
  ]);
});

Deno.test("the door takes Realtime down, up, and silent", async () => {
  await using door = await startDoor();
  assertEquals(await door.ask("PUT /realtime", { mode: "down" }), [200, { mode: "down" }]);
  assertEquals(await door.ask("PUT /realtime", { mode: "silent" }), [200, { mode: "silent" }]);
  assertEquals(await door.ask("PUT /realtime", { mode: "up" }), [200, { mode: "up" }]);
  await messageOf(door.ask("PUT /realtime", { mode: "off" }));
  assertEquals(await door.ask("GET /realtime"), [200, { mode: "up" }]);
  assertEquals(door.calls, [
    ...["pause true", "silence false", "drop"],
    ...["pause false", "silence true"],
    ...["pause false", "silence false"],
  ]);
});

Deno.test("the door lists its doors at an unknown address, and names the methods of a known one", async () => {
  await using door = await startDoor();
  const [status, answer] = await door.ask("GET /");
  const { doors } = answer as { doors: string[] };
  assertEquals(status, 404);
  for (const line of ["PUT /openai/faults", "POST /functions/worker/kill", "POST /realtime/drop"]) {
    assert(doors.includes(line), line);
  }
  for (const line of ["POST /openai/latency", "GET /realtime/drop", "DELETE /cron"]) {
    assertEquals((await door.ask(line))[0], 405);
  }
  const [, refusal] = await door.ask("POST /cron");
  assertEquals((refusal as { message: string }).message, '"/cron" takes GET, PUT: got POST');
});

Deno.test("the door refuses what is no JSON, and pages of other sites", async () => {
  await using door = await startDoor();
  const url = `${door.control.url}/s3/faults`;
  const bare = await fetch(url, { method: "PUT", body: "down" });
  assertEquals([bare.status, await bare.json()], [400, {
    message: 'The body must be JSON: got "down"',
  }]);
  const headers = { origin: "https://evil.example" };
  const foreign = await fetch(url, { method: "PUT", body: '"down"', headers });
  await foreign.body?.cancel();
  assertEquals(foreign.status, 403);
  assertEquals(door.s3.s3.faults(), "ok");
  assertEquals(new URL(door.control.url).hostname, "127.0.0.1");
});
