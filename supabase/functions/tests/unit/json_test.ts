/** Reading bodies and queries by a schema: what is refused, and with which words. */
import { assert, assertEquals } from "@std/assert";
import * as v from "valibot";
import { createApp } from "../../_shared/http/app.ts";
import { json, type JsonOptions } from "../../_shared/http/json.ts";
import { query } from "../../_shared/http/query.ts";
import { createFakeRuntime } from "../fakes.ts";

const ANYTHING = v.unknown();
const PICTURE = v.strictObject({
  prompt: v.pipe(v.string(), v.check((text) => text !== "x", "is an x")),
  size: v.optional(v.picklist(["small", "large"]), "small"),
});

/** Sends a body to a route that answers with what it read. */
function createReader(schema: v.GenericSchema, options: JsonOptions) {
  const runtime = createFakeRuntime();
  const app = createApp({ name: "thing", runtime, corsOrigins: "*" });
  app.post("/", json(schema, options), (c) => c.json({ read: c.req.valid("json") }));
  const send = async (body: BodyInit | null, headers: HeadersInit = {}) => {
    const request = new Request("https://project.supabase.co/thing", {
      method: "POST",
      body,
      headers,
    });
    const response = await app.fetch(request);
    return { ...await response.json(), status: response.status, request };
  };
  return { runtime, send };
}

Deno.test("json() reads a body as long as the bound, in bytes", async () => {
  assertEquals((await createReader(ANYTHING, { maxBytes: 10 }).send('{"a":"é"}')).read, { a: "é" });
  const { status, code } = await createReader(ANYTHING, { maxBytes: 9 }).send('{"a":"é"}');
  assertEquals([status, code], [413, "payload_too_large"]);
});

Deno.test("json() answers what is too long as its function wants it", async () => {
  const options = { maxBytes: 9, overLimit: "invalid_request" } as const;
  const { status, code } = await createReader(ANYTHING, options).send('{"a":"é"}');
  assertEquals([status, code], [400, "invalid_request"]);
});

Deno.test("json() stops reading a body without length once it is too long", async () => {
  let sent = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent++;
      controller.enqueue(new Uint8Array(1_000));
    },
  }, { highWaterMark: 0 });
  const { code } = await createReader(ANYTHING, { maxBytes: 2_500 }).send(endless);
  assertEquals([code, sent], ["payload_too_large", 3]);
});

Deno.test("json() refuses a length announced as too great without reading", async () => {
  const { send } = createReader(ANYTHING, { maxBytes: 4_096 });
  const { code, request } = await send("{}", { "content-length": "5000" });
  assertEquals([code, request.bodyUsed], ["payload_too_large", false]);
});

Deno.test("json() refuses what is no JSON in UTF-8, and does not quote it", async () => {
  const { send, runtime } = createReader(ANYTHING, { maxBytes: 100 });
  const texts = ["", " ", "{", "confidential", "{'a':1}", "{} {}"];
  for (const body of [...texts, new Uint8Array([0x22, 0xff, 0x22]), null]) {
    const { status, code, message } = await send(body);
    assertEquals([status, code], [400, "invalid_request"]);
    assert(!message.includes("confidential"));
  }
  assert(!runtime.lines.join().includes("confidential"));
});

Deno.test("json() refuses a body that breaks off", async () => {
  const broken = new ReadableStream({
    start: (controller) => controller.error(new Error("Connection reset")),
  });
  const { status, code } = await createReader(ANYTHING, { maxBytes: 100 }).send(broken);
  assertEquals([status, code], [400, "invalid_request"]);
});

Deno.test("json() gives what the schema makes of the body, and says what is wrong with any other", async () => {
  const { send } = createReader(PICTURE, { maxBytes: 1_000 });
  assertEquals((await send('{"prompt":"fox"}')).read, { prompt: "fox", size: "small" });
  const wrong: [body: string, words: string][] = [
    ["[]", "it is not a JSON object"],
    ["null", "it is not a JSON object"],
    ['"text"', "it is not a JSON object"],
    ["{}", '"prompt" is missing'],
    ['{"prompt":7}', '"prompt": Invalid type: Expected string but received 7'],
    ['{"prompt":"x"}', '"prompt": is an x'],
    ['{"prompt":"fox","size":"huge"}', '"size": Invalid type: Expected ("small" | "large")'],
    ['{"prompt":"fox","size":null}', '"size": Invalid type'],
    ['{"prompt":"fox","n":4}', 'unknown field "n"'],
    ['{"prompt":"fox","__proto__":{}}', 'unknown field "__proto__"'],
  ];
  for (const [body, words] of wrong) {
    const { status, code, message } = await send(body);
    assertEquals([body, status, code], [body, 400, "invalid_request"]);
    assert(message.includes(words), `${message}\nlacks\n${words}`);
  }
  const long = await send(`{"prompt":"fox","${"n".repeat(900)}":4}`);
  assert(long.message.length < 300, "a long name is not repeated whole");
});

Deno.test("query() gives what the schema makes of the query, of a name twice the first", async () => {
  const app = createApp({ name: "thing", runtime: createFakeRuntime(), corsOrigins: "*" });
  const schema = v.object({ limit: v.optional(v.pipe(v.string(), v.digits()), "20") });
  app.get("/", query(schema), (c) => c.json(c.req.valid("query")));
  const send = async (search: string) =>
    await app.fetch(new Request(`https://project.supabase.co/thing${search}`));
  assertEquals(await (await send("")).json(), { limit: "20" });
  assertEquals(await (await send("?limit=2&limit=x&other=1")).json(), { limit: "2" });
  const refused = await send("?limit=x");
  assertEquals([refused.status, (await refused.json()).code], [400, "invalid_request"]);
});
