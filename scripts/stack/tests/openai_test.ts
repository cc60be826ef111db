/** The OpenAI stand-in through OpenAI's own client: pictures, streams, models, refusals, the journal. */
import { Buffer } from "node:buffer";
import OpenAI from "openai";
import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import { type OpenAiFixture, startFixture, until } from "./openai_fixture.ts";
import { describePicture } from "./picture_dimensions.ts";

type Params = OpenAI.Images.ImageGenerateParamsNonStreaming;
const REQUEST = { model: "gpt-image-1.5", prompt: "a red fox in snow" } as const;

function pictureOf(base64: string | undefined): Uint8Array {
  return new Uint8Array(Buffer.from(base64 ?? "", "base64"));
}

/** How a call is refused: `<status> <type> <code> <param>`. */
async function refusalOf(call: Promise<unknown>): Promise<string> {
  const { status, type, code, param } = await assertRejects(() => call, OpenAI.APIError);
  return `${status} ${type} ${code} ${param}`;
}

/** Sends a body the client's types do not allow. */
function generateAnything({ client }: OpenAiFixture, body: Record<string, unknown>) {
  return client.images.generate(body as unknown as Params);
}

Deno.test("images.generate() gives a picture of the size and format asked for", async () => {
  await using fixture = await startFixture();
  for (const size of ["1024x1024", "1536x1024", "1024x1536"] as const) {
    for (const format of ["png", "webp", "jpeg"] as const) {
      const answer = await fixture.client.images.generate({
        ...REQUEST,
        size,
        output_format: format,
        quality: "low",
        moderation: "low",
        safety_identifier: "user 7",
      });
      assertEquals(describePicture(pictureOf(answer.data?.[0]?.b64_json)), `${format} ${size}`);
      const { size: gotSize, output_format: gotFormat, quality, background } = answer;
      assertEquals([gotSize, gotFormat, quality, background], [size, format, "low", "opaque"]);
      assertEquals(answer.safety_identifier, "user 7");
    }
  }
});

Deno.test("images.generate() fills in OpenAI's defaults and counts usage", async () => {
  await using fixture = await startFixture();
  const answer = await fixture.client.images.generate({ ...REQUEST, n: 2 });
  assertEquals(answer.data?.length, 2);
  assertEquals(describePicture(pictureOf(answer.data?.[1]?.b64_json)), "png 1024x1024");
  const usage = answer.usage!;
  assertEquals(usage.total_tokens, usage.input_tokens + usage.output_tokens);
  assertEquals(usage.input_tokens_details, { text_tokens: usage.input_tokens, image_tokens: 0 });
  const cheap = await fixture.client.images.generate({ ...REQUEST, quality: "low" });
  assert((cheap.usage?.output_tokens ?? 0) < usage.output_tokens / 2);
});

Deno.test("images.generate() gives every request a file of its own, named by its request id", async () => {
  await using fixture = await startFixture();
  const ask = () => fixture.client.images.generate(REQUEST).withResponse();
  const [one, two] = [await ask(), await ask()];
  const [a, b] = [one, two].map(({ data }) => pictureOf(data.data?.[0]?.b64_json));
  assertNotEquals(a, b);
  const id = one.response.headers.get("x-request-id") ?? "";
  assert(Buffer.from(a ?? []).includes(id));
  assertEquals(fixture.openai.requests()[0]?.id, id);
});

Deno.test("images.generate() takes any size of a model that has it", async () => {
  await using fixture = await startFixture();
  const request = { model: "gpt-image-2", prompt: "a", size: "1552x880", "output_format": "webp" };
  const answer = await generateAnything(fixture, request);
  assertEquals(describePicture(pictureOf(answer.data?.[0]?.b64_json)), "webp 1552x880");
  for (const size of ["1550x880", "1600x400", "4096x2048"]) {
    const refusal = await refusalOf(generateAnything(fixture, { ...request, size }));
    assertEquals(refusal, "400 invalid_request_error invalid_value size");
  }
});

Deno.test("images.generate() refuses wrong parameters in OpenAI's words", async () => {
  await using fixture = await startFixture();
  const refused = (body: Record<string, unknown>): Promise<string> =>
    refusalOf(generateAnything(fixture, { ...REQUEST, ...body }));
  const wrong: [Record<string, unknown>, string][] = [
    [{ prompt: undefined }, "missing_required_parameter prompt"],
    [{ model: undefined }, "missing_required_parameter model"],
    [{ prompt: "x".repeat(32_001) }, "string_above_max_length prompt"],
    [{ prompt: 7 }, "invalid_type prompt"],
    [{ size: "512x512" }, "invalid_value size"],
    [{ quality: "hd" }, "invalid_value quality"],
    [{ output_format: "gif" }, "invalid_value output_format"],
    [
      { output_compression: 101, output_format: "webp" },
      "integer_above_max_value output_compression",
    ],
    [{ output_compression: 50 }, "invalid_value output_compression"],
    [{ moderation: "high" }, "invalid_value moderation"],
    [{ n: 0 }, "integer_below_min_value n"],
    [{ n: 11 }, "integer_above_max_value n"],
    [{ n: 1.5 }, "invalid_type n"],
    [{ background: "transparent", output_format: "jpeg" }, "invalid_value background"],
    [{ stream: true, partial_images: 4 }, "integer_above_max_value partial_images"],
    [{ partial_images: 1 }, "invalid_value partial_images"],
    [{ response_format: "b64_json" }, "unknown_parameter response_format"],
  ];
  for (const [body, wanted] of wrong) {
    assertEquals(await refused(body), `400 invalid_request_error ${wanted}`);
  }
  assertEquals(
    await refused({ model: "dall-e-9" }),
    "404 invalid_request_error model_not_found null",
  );
  assert(fixture.openai.requests().every(({ billed }) => !billed));
});

Deno.test("the API refuses a wrong key, no key, and an address it does not have", async () => {
  await using fixture = await startFixture();
  const stranger = fixture.clientWith("sk-wrong");
  const wanted = "401 invalid_request_error invalid_api_key null";
  assertEquals(await refusalOf(stranger.images.generate(REQUEST)), wanted);
  assertEquals(await refusalOf(stranger.models.list()), wanted);
  const url = `${fixture.openai.url}/images/generations`;
  const bare = await fetch(url, { method: "POST", body: "{}" });
  assertEquals([bare.status, (await bare.json()).error.code], [401, null]);
  assertEquals((await refusalOf(fixture.client.get("/images/edits"))).slice(0, 3), "404");
  const broken = await fetch(url, { method: "POST", body: '{"prompt":' });
  assertEquals([broken.status, (await broken.json()).error.type], [400, "invalid_request_error"]);
});

Deno.test("images.generate() blocks a prompt with [moderation]", async () => {
  await using fixture = await startFixture();
  const call = fixture.client.images.generate({ ...REQUEST, prompt: "a [moderation] fox" });
  assertEquals(await refusalOf(call), "400 image_generation_user_error moderation_blocked null");
  const [request] = fixture.openai.requests();
  assertEquals([request?.outcome, request?.billed], ["400 moderation_blocked", false]);
});

Deno.test("images.generate() streams partial images, then the picture", async () => {
  await using fixture = await startFixture();
  for (const partials of [0, 1, 3]) {
    const stream = await fixture.client.images.generate({
      ...REQUEST,
      stream: true,
      partial_images: partials,
      output_format: "webp",
    });
    const seen: string[] = [];
    for await (const event of stream) {
      const index = event.type === "image_generation.partial_image"
        ? event.partial_image_index
        : `usage ${event.usage.total_tokens > 0}`;
      seen.push(`${event.type} ${index}`);
      assertEquals(describePicture(pictureOf(event.b64_json)), "webp 1024x1024");
      assertEquals([event.size, event.quality, event.output_format], [
        "1024x1024",
        "medium",
        "webp",
      ]);
    }
    assertEquals(seen, [
      ...Array.from({ length: partials }, (_, i) => `image_generation.partial_image ${i}`),
      "image_generation.completed usage true",
    ]);
  }
  assertEquals(fixture.openai.requests().map(({ outcome }) => outcome), ["ok", "ok", "ok"]);
});

Deno.test("models.list() shows shutdown dates, and setRetiredModels() takes a model away", async () => {
  await using fixture = await startFixture();
  const { openai, client } = fixture;
  const ids = async () => (await client.models.list()).data.map(({ id }) => id);
  assertEquals((await client.models.retrieve("gpt-image-1.5")).shutdown_date, "2026-12-01");
  openai.setRetiredModels(["gpt-image-1.5"]);
  assert(!(await ids()).includes("gpt-image-1.5"));
  const gone = "404 invalid_request_error model_not_found null";
  assertEquals(await refusalOf(client.models.retrieve("gpt-image-1.5")), gone);
  assertEquals(await refusalOf(client.images.generate(REQUEST)), gone);
  await client.images.generate({ ...REQUEST, model: "gpt-image-2.6-flare" });
  openai.setRetiredModels([]);
  assert((await ids()).includes("gpt-image-1.5"));
  assertThrows(() => openai.setRetiredModels(["gpt-7"]), TypeError, 'Cannot retire "gpt-7"');
});

Deno.test("requests() shows what was asked, in ISO times, and an answered one as finished", async () => {
  await using fixture = await startFixture();
  const size = "1536x1024";
  await fixture.client.images.generate({ ...REQUEST, size, user: "u1" });
  const request = fixture.openai.requests()[0]!;
  const { started_at: started, finished_at: finished } = request;
  for (const time of [started, finished ?? ""]) assertEquals(new Date(time).toISOString(), time);
  assert(started <= (finished ?? ""));
  const { model, prompt, outcome, billed, status, safety_identifier: user } = request;
  assertEquals([model, prompt, request.size], [REQUEST.model, REQUEST.prompt, size]);
  assertEquals([outcome, billed, status, user], ["ok", true, 200, "u1"]);
  fixture.openai.clearRequests();
  assertEquals(fixture.openai.requests(), []);
});

Deno.test("requests() shows a request whose client left as aborted, and billed", async () => {
  await using fixture = await startFixture();
  const { openai, client } = fixture;
  openai.setLatency({ ms: 3_600_000 });
  const leaver = new AbortController();
  const call = client.images.generate(REQUEST, { signal: leaver.signal });
  const failed = assertRejects(() => call, OpenAI.APIUserAbortError);
  await until(() => openai.requests()[0]?.billed === true);
  assertEquals(openai.requests()[0]?.outcome, "in_progress");
  assertEquals(openai.requests()[0]?.finished_at, null);
  leaver.abort();
  await failed;
  await until(() => openai.requests()[0]?.finished_at !== null);
  const { outcome, billed, status } = openai.requests()[0]!;
  assertEquals([outcome, billed, status], ["aborted", true, null]);
});

Deno.test("setLatency() refuses what is no time", async () => {
  await using fixture = await startFixture();
  fixture.openai.setLatency({ ms: 20, jitter_ms: 20 });
  for (const wrong of [{ ms: -1 }, { ms: NaN }, { ms: 5, jitter_ms: 6 }]) {
    assertThrows(() => fixture.openai.setLatency(wrong), TypeError);
  }
  assertEquals(fixture.openai.latency(), { ms: 20, "jitter_ms": 20 });
});
