/** Every fault of the OpenAI stand-in, as OpenAI's own client meets it, and what the journal says of it. */
import { Buffer } from "node:buffer";
import OpenAI from "openai";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { OpenAiFault } from "../openai.ts";
import { type OpenAiFixture, startFixture, until } from "./openai_fixture.ts";
import { describePicture } from "./picture_dimensions.ts";

const REQUEST = { model: "gpt-image-1.5", prompt: "a red fox in snow" } as const;

/** What the last request left: `<outcome> billed` or `<outcome> free`. */
function lastOf({ openai }: OpenAiFixture): string {
  const request = openai.requests().at(-1);
  return `${request?.outcome} ${request?.billed ? "billed" : "free"}`;
}

async function generate(fixture: OpenAiFixture, fault: OpenAiFault) {
  fixture.openai.setFaults([fault]);
  return await fixture.client.images.generate(REQUEST);
}

async function errorOf(
  fixture: OpenAiFixture,
  fault: OpenAiFault,
): Promise<InstanceType<typeof OpenAI.APIError>> {
  return await assertRejects(() => generate(fixture, fault), OpenAI.APIError);
}

Deno.test("a fault with a status answers in OpenAI's words", async () => {
  await using fixture = await startFixture();
  const shown = async (fault: OpenAiFault): Promise<string> => {
    const { status, type, code } = await errorOf(fixture, fault);
    assertEquals(lastOf(fixture), `${status} ${code ?? type} free`);
    return `${status} ${type} ${code}`;
  };
  assertEquals(await shown({ status: 429 }), "429 requests rate_limit_exceeded");
  assertEquals(await shown({ status: 429, code: "slow_down" }), "429 rate_limit_error slow_down");
  const quota = "429 insufficient_quota";
  for (
    const code of [
      "insufficient_quota",
      "credit_balance_exhausted",
      "organization_spend_limit_exceeded",
      "project_spend_limit_exceeded",
      "organization_usage_limit_exceeded",
    ]
  ) assertEquals(await shown({ status: 429, code }), `${quota} ${code}`);
  assertEquals(await shown({ status: 500 }), "500 server_error null");
  assertEquals(await shown({ status: 503 }), "503 service_unavailable_error server_is_overloaded");
  assertEquals(await shown({ status: 404 }), "404 invalid_request_error model_not_found");
  assertEquals(
    await shown({ status: 400, code: "moderation_blocked" }),
    "400 image_generation_user_error moderation_blocked",
  );
  assertEquals(
    await shown({ status: 400, code: "billing_hard_limit_reached" }),
    "400 invalid_request_error billing_hard_limit_reached",
  );
  assertEquals(await shown({ status: 422, type: "odd", code: "odder" }), "422 odd odder");
});

Deno.test("a fault with a status carries retry-after, a message and a request id", async () => {
  await using fixture = await startFixture();
  const error = await errorOf(fixture, { status: 429, "retry_after": 3, message: "Wait a bit" });
  assert(error instanceof OpenAI.RateLimitError);
  assertEquals(error.headers?.get("retry-after"), "3");
  assertEquals(error.message, "429 Wait a bit");
  assertEquals(error.requestID, fixture.openai.requests()[0]?.id);
});

Deno.test("faults are spent one a request, in order, times counted", async () => {
  await using fixture = await startFixture();
  const { openai, client } = fixture;
  openai.setFaults([{ status: 500, times: 2 }, { status: 429 }]);
  const statuses: unknown[] = [];
  for (let i = 0; i < 4; i++) {
    const call = client.images.generate(REQUEST);
    statuses.push(await call.then(() => 200, (error) => error.status));
    if (i === 0) assertEquals(openai.faults(), [{ status: 500, times: 1 }, { status: 429 }]);
  }
  assertEquals(statuses, [500, 500, 429, 200]);
  openai.setFaults([{ status: 500, times: 1000 }]);
  openai.setFaults([]);
  await client.images.generate(REQUEST);
});

Deno.test("a fault waits for the model and prompt it names; a list of models spends none", async () => {
  await using fixture = await startFixture();
  const { openai, client } = fixture;
  openai.setFaults([{ status: 500, model: "gpt-image-2", prompt: "owl" }]);
  await client.models.list();
  await client.images.generate(REQUEST);
  await client.images.generate({ ...REQUEST, model: "gpt-image-2" });
  await client.images.generate({ ...REQUEST, prompt: "an owl" });
  const hit = client.images.generate({ model: "gpt-image-2", prompt: "an owl" });
  await assertRejects(() => hit, OpenAI.InternalServerError);
  assertEquals(openai.faults(), []);
});

Deno.test("drop closes the socket; it is billed only when work had begun", async () => {
  await using fixture = await startFixture();
  assert(await errorOf(fixture, { drop: true }) instanceof OpenAI.APIConnectionError);
  assertEquals(lastOf(fixture), "dropped free");
  assert(
    await errorOf(fixture, { drop: true, "after_ms": 5 }) instanceof OpenAI.APIConnectionError,
  );
  assertEquals(lastOf(fixture), "dropped billed");
});

Deno.test("hang lasts until the client leaves, or the faults change", async () => {
  await using fixture = await startFixture();
  const { openai, client } = fixture;
  openai.setFaults([{ hang: true, times: 2 }]);
  const leaving = new AbortController();
  const left = assertRejects(
    () => client.images.generate(REQUEST, { signal: leaving.signal }),
    OpenAI.APIUserAbortError,
  );
  await until(() => openai.requests()[0]?.billed === true);
  leaving.abort();
  await left;
  await until(() => typeof openai.requests()[0]?.finished_at === "string");
  assertEquals(lastOf(fixture), "hang billed");
  const hanging = assertRejects(() => client.images.generate(REQUEST), OpenAI.APIConnectionError);
  await until(() => openai.requests()[1]?.billed === true);
  openai.setFaults([]);
  await hanging;
  assertEquals(lastOf(fixture), "hang billed");
});

Deno.test("malformed, empty and not_an_image pass for success until one looks", async () => {
  await using fixture = await startFixture();
  await assertRejects(() => generate(fixture, { malformed: true }), SyntaxError);
  assertEquals(lastOf(fixture), "malformed billed");
  assertEquals((await generate(fixture, { empty: true })).data, []);
  assertEquals(lastOf(fixture), "empty free");
  const text = await generate(fixture, { not_an_image: true });
  assertEquals(atob(text.data?.[0]?.b64_json ?? ""), "This is a text and no image.");
  assertEquals(lastOf(fixture), "not_an_image billed");
});

Deno.test("wrong_size gives another size than it says", async () => {
  await using fixture = await startFixture();
  const answer = await generate(fixture, { "wrong_size": true });
  const bytes = Buffer.from(answer.data?.[0]?.b64_json ?? "", "base64");
  assertEquals(describePicture(new Uint8Array(bytes)), "png 512x512");
  assertEquals(answer.size, "1024x1024");
});

Deno.test("url names a picture that can be fetched; redirect_private one that leads inside", async () => {
  await using fixture = await startFixture();
  const own = (await generate(fixture, { url: true })).data?.[0];
  assertEquals(own?.b64_json, undefined);
  const picture = await fetch(own?.url ?? "");
  assertEquals(picture.headers.get("content-type"), "image/png");
  assertEquals(describePicture(new Uint8Array(await picture.arrayBuffer())), "png 1024x1024");
  const given = "https://pictures.example/1.png";
  assertEquals((await generate(fixture, { url: given })).data?.[0]?.url, given);
  const trap = (await generate(fixture, { "redirect_private": true })).data?.[0]?.url ?? "";
  const redirect = await fetch(trap, { redirect: "manual" });
  await redirect.body?.cancel();
  assertEquals(redirect.status, 302);
  assertEquals(redirect.headers.get("location"), "http://169.254.169.254/latest/meta-data/");
  const missing = await fetch(`${trap}x`);
  assertEquals([missing.status, await missing.text()], [404, ""]);
});

Deno.test("huge is as long as told, and stops when the client does", async () => {
  await using fixture = await startFixture();
  const answer = await generate(fixture, { huge: 3_000_000 });
  assertEquals(answer.data?.[0]?.b64_json?.length, 3_000_000);
  fixture.openai.setFaults([{ huge: true }]);
  const response = await fixture.client.images.generate(REQUEST).asResponse();
  const reader = response.body!.getReader();
  await reader.read();
  await reader.cancel();
  assertEquals(lastOf(fixture), "huge billed");
});

Deno.test("break_stream breaks an answer off, streamed or not", async () => {
  await using fixture = await startFixture();
  const { openai, client } = fixture;
  await assertRejects(() => generate(fixture, { break_stream: true }));
  assertEquals(lastOf(fixture), "break_stream billed");
  for (const partials of [0, 2]) {
    openai.setFaults([{ "break_stream": true }]);
    const request = { ...REQUEST, stream: true, partial_images: partials } as const;
    const seen: string[] = [];
    await assertRejects(async () => {
      for await (const event of await client.images.generate(request)) seen.push(event.type);
    });
    assertEquals(seen, partials === 0 ? [] : ["image_generation.partial_image"]);
  }
});

Deno.test("stall_stream sends the partial images at once and the picture when faults change", async () => {
  await using fixture = await startFixture();
  const { openai, client } = fixture;
  openai.setFaults([{ "stall_stream": true }]);
  const seen: string[] = [];
  const stream = await client.images.generate({ ...REQUEST, stream: true, partial_images: 2 });
  for await (const event of stream) {
    seen.push(event.type);
    if (seen.length !== 2) continue;
    assertEquals(lastOf(fixture), "in_progress billed");
    openai.setFaults([]);
  }
  const partial = "image_generation.partial_image";
  assertEquals(seen, [partial, partial, "image_generation.completed"]);
  assertEquals(lastOf(fixture), "stall_stream billed");
});

Deno.test("in_stream sends the error as an event to a request that streams", async () => {
  await using fixture = await startFixture();
  const { openai, client } = fixture;
  const fault = { status: 400, code: "moderation_blocked", "in_stream": true } as const;
  openai.setFaults([fault]);
  const stream = await client.images.generate({ ...REQUEST, stream: true });
  const error = await assertRejects(async () => {
    for await (const _ of stream);
  }, OpenAI.APIError);
  assertEquals([error.status, error.code], [undefined, "moderation_blocked"]);
  assertEquals(lastOf(fixture), "400 moderation_blocked free");
  assertEquals((await errorOf(fixture, fault)).status, 400);
});

Deno.test("a stream can be malformed, or end without a picture", async () => {
  await using fixture = await startFixture();
  const { openai, client } = fixture;
  const events = async (fault: OpenAiFault): Promise<number> => {
    openai.setFaults([fault]);
    let count = 0;
    for await (const _ of await client.images.generate({ ...REQUEST, stream: true })) count++;
    return count;
  };
  await assertRejects(() => events({ malformed: true }), SyntaxError);
  assertEquals(await events({ empty: true }), 0);
});

Deno.test("latency_ms and after_ms replace the latency of one request", async () => {
  await using fixture = await startFixture();
  fixture.openai.setLatency({ ms: 3_600_000 });
  assertEquals((await generate(fixture, { latency_ms: 0 })).data?.length, 1);
  assertEquals(lastOf(fixture), "ok billed");
  assertEquals((await generate(fixture, { empty: true, "after_ms": 0 })).data, []);
});

Deno.test("a refusal with after_ms takes its time, and the client may leave before it", async () => {
  await using fixture = await startFixture();
  const { openai, client } = fixture;
  openai.setFaults([{ status: 400, code: "moderation_blocked", "after_ms": 3_600_000 }]);
  const leaver = new AbortController();
  const call = client.images.generate(REQUEST, { signal: leaver.signal });
  const failed = assertRejects(() => call, OpenAI.APIUserAbortError);
  await until(() => openai.faults().length === 0);
  leaver.abort();
  await failed;
  await until(() => openai.requests()[0]?.finished_at !== null);
  assertEquals(lastOf(fixture), "aborted free");
});

Deno.test("setFaults() refuses what it does not know, and keeps what was set", async () => {
  await using fixture = await startFixture();
  const { openai } = fixture;
  openai.setFaults([{ status: 500 }]);
  const refused = (value: unknown): string =>
    assertThrows(() => openai.setFaults(value as OpenAiFault[]), TypeError).message;
  assert(refused("down").startsWith("Faults must be an array of objects"));
  assert(refused([{ drops: true }]).includes('no field "drops"'));
  assert(refused([{ drop: 1 }]).includes('"drop" of a fault must be true'));
  assert(refused([{ drop: true, hang: true }]).includes('got "drop" and "hang"'));
  assert(refused([{ code: "rate_limit_exceeded" }]).includes('needs a "status"'));
  assert(refused([{ url: "" }]).includes("true or a string"));
  assert(refused([null]).includes("A fault must be an object"));
  assertEquals(openai.faults(), [{ status: 500 }]);
});
