/** What a log line holds, and above all what it does not. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { createLogger, type LogFields } from "../../_shared/observability/log.ts";
import { createFakeRuntime } from "../fakes.ts";

function logged(fields: LogFields): LogFields {
  const runtime = createFakeRuntime();
  createLogger(runtime).info("tried", fields);
  const { time: _time, level: _level, event: _event, ...rest } = { ...runtime.logs[0] };
  return rest;
}

Deno.test("createLogger() writes one JSON line with time, level, event and fields", () => {
  const runtime = createFakeRuntime();
  createLogger(runtime, { function: "auth" }).with({ "request_id": "r1" }).warn("slow", { ms: 7 });
  assertEquals(runtime.lines, [
    '{"time":"2026-11-23T12:00:00.000Z","level":"warn","event":"slow","function":"auth","request_id":"r1","ms":7}',
  ]);
});

Deno.test("createLogger() lets no field replace time, level or event", () => {
  const runtime = createFakeRuntime();
  createLogger(runtime).error("real", { event: "fake", time: "fake" });
  assertMatch(runtime.lines[0] ?? "", /"2026-11-23T12:00:00.000Z","level":"error","event":"real"/);
  assert(!runtime.lines[0]?.includes("fake"));
});

Deno.test("createLogger() redacts by key, whatever its spelling and depth", () => {
  const keys = [
    "token",
    "access_token",
    "refreshToken",
    "Authorization",
    "apikey",
    "api-key",
    "initData",
    "init_data",
    "password",
    "WORKER_SECRET",
    "prompt",
    "hash",
    "signature",
    "cookie",
  ];
  for (const key of keys) {
    assertEquals(logged({ [key]: "hidden" }), { [key]: "[redacted]" });
    assertEquals(logged({ a: [{ [key]: { b: "hidden" } }] }), { a: [{ [key]: "[redacted]" }] });
  }
});

Deno.test("createLogger() keeps counts and flags of sensitive things", () => {
  const fields = { "total_tokens": 12, "has_token": true, "prompt": null };
  assertEquals(logged(fields), fields);
});

Deno.test("createLogger() redacts credentials inside any text", () => {
  const secrets = [
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    "sb_secret_0123456789abcdef",
    "sk-proj-0123456789abcdef",
    "7342037359:AAFZehRPBRs8Seg40oDjTMIW8uTGPuW1zfQ",
    "Bearer 0123456789abcdef",
    `hash=${"0f".repeat(32)}`,
  ];
  for (const secret of secrets) {
    const text = JSON.stringify(logged({ reason: `before ${secret} after`, [`x ${secret}`]: 1 }));
    assert(!text.includes(secret.slice(8)), text);
    assertMatch(text, /before \[redacted\] after/);
  }
});

Deno.test("createLogger() redacts a credential that lies across the cut", () => {
  const jwt = `eyJhbGciOiJIUzI1NiJ9.${"a".repeat(300)}.sig`;
  const text = JSON.stringify(logged({ reason: "x".repeat(990) + " " + jwt }));
  assert(!text.includes("eyJ"), text);
});

Deno.test("createLogger() writes an error's name, message, code and causes, not its other members", () => {
  const cause = Object.assign(new Error("Bearer abcdefghijkl refused"), { code: "E1" });
  const error = Object.assign(new TypeError("Failed", { cause }), {
    status: 502,
    request: { headers: { authorization: "hidden" } },
  });
  const { error: written } = logged({ error }) as { error: LogFields & { cause: LogFields } };
  assertEquals([written.name, written.message, written.status], ["TypeError", "Failed", 502]);
  assertEquals([written.cause.message, written.cause.code], ["[redacted] refused", "E1"]);
  assertEquals(Object.keys(written).sort(), ["cause", "message", "name", "stack", "status"]);
});

Deno.test("createLogger() bounds texts, lists, objects and the whole line", () => {
  const runtime = createFakeRuntime();
  const log = createLogger(runtime, { "request_id": "r1" });
  log.info("long", { text: "x".repeat(100_000) });
  log.info("wide", { list: Array(10_000).fill("x".repeat(900)) });
  log.info("keys", Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`k${i}`, i])));
  for (const line of runtime.lines) assert(line.length <= 8_000, `${line.length} characters`);
  assertEquals(runtime.logs.map(({ event }) => event), ["long", "wide", "keys"]);
  assertEquals(runtime.logs[1]?.request_id, "r1");
});

Deno.test("createLogger() writes whatever it is given", () => {
  const circular: Record<string, unknown> = { n: 1n, when: new Date(NaN), f: () => 1 };
  for (let index = 0; index < 25; index++) circular[`self${index}`] = circular;
  Object.defineProperty(circular, "broken", {
    enumerable: true,
    get() {
      throw new Error("No");
    },
  });
  const written = JSON.stringify(logged({ circular, bytes: new Uint8Array(9), none: undefined }));
  assertMatch(written, /"n":"1"/);
  assertMatch(written, /"bytes":"\[9 bytes\]"|too much/);
});
