/** What is asked for a picture, and what passes for one. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { APIError } from "openai";
import { encodeHex } from "@std/encoding/hex";
import { classifyFailure } from "../../_shared/openai/failure.ts";
import { serveUpstream } from "./fake_upstream.ts";
import {
  answerWith,
  API_KEY,
  failureOf,
  providerAt,
  REQUEST,
  USAGE,
  USER_ID,
} from "./openai_fixture.ts";
import { sampleBase64, samplePicture } from "./sample_pictures.ts";

Deno.test.sanitizer({ ops: true, resources: true });

Deno.test("generate asks for what it was told, and for nothing else", async () => {
  await using upstream = serveUpstream(() => Response.json(answerWith(sampleBase64("png"))));
  await providerAt(upstream.url).generate(REQUEST);
  assertEquals(upstream.requests.length, 1);
  const [request] = upstream.requests;
  assertEquals([request?.method, request?.path], ["POST", "/v1/images/generations"]);
  assertEquals(request?.headers.get("authorization"), `Bearer ${API_KEY}`);
  assertEquals(request?.headers.get("connection"), "close");
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(USER_ID));
  assertEquals(JSON.parse(new TextDecoder().decode(request?.body)), {
    model: "gpt-image-1.5",
    prompt: 'A "fox"\nin the snow',
    size: "3x2",
    quality: "low",
    "output_format": "png",
    "safety_identifier": encodeHex(digest),
  });
});

Deno.test("generate gives the picture with what it cost", async () => {
  await using upstream = serveUpstream(() =>
    Response.json(answerWith(sampleBase64("png")), { headers: { "x-request-id": "req_1" } })
  );
  let clock = 1000;
  const provider = providerAt(upstream.url, { now: () => clock++ * 1000 });
  assertEquals(await provider.generate(REQUEST), {
    bytes: samplePicture("png"),
    contentType: "image/png",
    width: 3,
    height: 2,
    usage: USAGE,
    latencyMs: 1000,
    model: "gpt-image-1.5",
    providerRequestId: "req_1",
  });
});

for (const [name, outputFormat] of [["jpeg", "jpeg"], ["webpLossless", "webp"]] as const) {
  Deno.test(`generate gives a ${outputFormat} that was asked for`, async () => {
    await using upstream = serveUpstream(() => Response.json(answerWith(sampleBase64(name))));
    const image = await providerAt(upstream.url).generate({ ...REQUEST, outputFormat });
    assertEquals(image.bytes, samplePicture(name));
    assertEquals(image.contentType, `image/${outputFormat}`);
  });
}

Deno.test("generate reads an answer that arrives byte by byte, indented and with escaped slashes", async () => {
  const json = JSON.stringify(answerWith(sampleBase64("jpeg")), null, 2).replaceAll("/", "\\/");
  assert(json.includes("\\/"));
  await using upstream = serveUpstream(() => {
    const bytes = new TextEncoder().encode(json);
    const pieces = Array.from(bytes, (byte) => Uint8Array.of(byte));
    return new Response(ReadableStream.from(pieces), {
      headers: { "content-type": "application/json; charset=utf-8" },
    });
  });
  const image = await providerAt(upstream.url).generate({ ...REQUEST, outputFormat: "jpeg" });
  assertEquals(image.bytes, samplePicture("jpeg"));
});

for (const usage of [undefined, null, "many", { ...USAGE, "total_tokens": -1 }, {}]) {
  Deno.test(`generate gives the picture although its usage is ${JSON.stringify(usage)}`, async () => {
    const answer = answerWith(sampleBase64("png"), { usage });
    await using upstream = serveUpstream(() => Response.json(answer));
    const image = await providerAt(upstream.url).generate(REQUEST);
    assertEquals([image.usage, image.providerRequestId], [null, null]);
  });
}

/** Bodies of a 200 that are no answer, and what the operator reads. */
const BAD_ANSWERS: [string, BodyInit | null, string, string][] = [
  ["cut JSON", '{"created": 1, "data": [{"b64_j', "malformed", "The answer is malformed: "],
  ["no body", null, "malformed", "The answer is empty"],
  ["an empty body", "", "malformed", "The answer is empty"],
  ["null", "null", "malformed", "The answer is empty"],
  ["an array", "[]", "malformed", "The answer is a JSON array"],
  ["a number", "1", "malformed", "The answer is a JSON number"],
  ["empty data", '{"created": 1, "data": []}', "malformed", 'no pictures in its "data"'],
  ["no data", "{}", "malformed", 'no pictures in its "data"'],
  ["an empty picture", '{"data": [{}]}', "malformed", 'neither "b64_json" nor "url"'],
  ["a picture that is null", '{"data": [null]}', "malformed", 'neither "b64_json" nor "url"'],
  ["base64 that is null", '{"data": [{"b64_json": null}]}', "malformed", "neither"],
  ["base64 that is empty", '{"data": [{"b64_json": ""}]}', "bad_image", "it has no bytes"],
  ["no base64", '{"data": [{"b64_json": "<html>"}]}', "malformed", "other characters"],
  ["cut base64", '{"data": [{"b64_json": "iVBOR"}]}', "malformed", "cut or padded wrongly"],
  [
    "a placeholder",
    '{"data": [{"url": null, "b64_json"\u0009:"picture #0"}]}',
    "malformed",
    "other",
  ],
  ["no image", '{"data": [{"b64_json": "aGVsbG8="}]}', "bad_image", "no PNG, WebP or JPEG"],
  [
    "a GIF",
    JSON.stringify(answerWith(sampleBase64("gif"))),
    "bad_image",
    "no PNG, WebP or JPEG",
  ],
  [
    "half a picture",
    JSON.stringify(answerWith(sampleBase64("png").slice(0, 80))),
    "bad_image",
    "ends before its end chunk",
  ],
];

for (const [name, body, reason, message] of BAD_ANSWERS) {
  Deno.test(`generate calls ${name} in a 200 ${reason}, and possibly billed`, async () => {
    await using upstream = serveUpstream(() =>
      new Response(body, { headers: { "content-type": "application/json" } })
    );
    const error = await failureOf(providerAt(upstream.url).generate(REQUEST));
    assertEquals(error.reason, reason);
    assert(error.message.includes(message), error.message);
    const { kind, errorCode, ambiguous } = classifyFailure(error);
    assertEquals([kind, errorCode, ambiguous], ["transient", "provider_unavailable", true]);
    assertEquals(upstream.requests.length, 1);
  });
}

Deno.test("generate keeps a picture of another size or format: it is paid for", async () => {
  await using upstream = serveUpstream(() => Response.json(answerWith(sampleBase64("jpeg"))));
  const image = await providerAt(upstream.url).generate({ ...REQUEST, size: "1024x1024" });
  assertEquals([image.width, image.height, image.contentType], [3, 2, "image/jpeg"]);
});

Deno.test("generate reads a picture behind a data: prefix", async () => {
  const picture = `data:image/png;base64,${sampleBase64("png")}`;
  await using upstream = serveUpstream(() => Response.json(answerWith(picture)));
  assertEquals((await providerAt(upstream.url).generate(REQUEST)).width, 3);
});

Deno.test("generate takes an error in a 200 for that error", async () => {
  const error = {
    code: "moderation_blocked",
    message: "Blocked",
    type: "image_generation_user_error",
  };
  await using upstream = serveUpstream(() => Response.json({ error }));
  const failure = classifyFailure(
    await assertRejects(() => providerAt(upstream.url).generate(REQUEST)),
  );
  assertEquals([failure.kind, failure.errorCode], ["permanent", "moderation_blocked"]);
});

Deno.test("generate calls a 200 that is no JSON malformed", async () => {
  await using upstream = serveUpstream(() =>
    new Response("<html>", { headers: { "content-type": "text/html" } })
  );
  const error = await failureOf(providerAt(upstream.url).generate(REQUEST));
  assertEquals([error.reason, error.message], [
    "malformed",
    "The answer is text, wanted a JSON object",
  ]);
});

/** An answer that never ends: `start`, then `filling` again and again. */
function endlessAnswer(start: string, filling: string, status = 200): Response {
  const encode = (text: string) => new TextEncoder().encode(text);
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(encode(start)),
    pull: (controller) => controller.enqueue(encode(filling.repeat(16_384))),
  });
  return new Response(body, { status, headers: { "content-type": "application/json" } });
}

Deno.test("generate stops reading an answer that is too long", async () => {
  await using upstream = serveUpstream(() => endlessAnswer('{"data": [{"b64_json": "', "A"));
  const provider = providerAt(upstream.url, { maxAnswerBytes: 100_000 });
  const error = await failureOf(provider.generate(REQUEST));
  assertEquals([error.reason, error.message], [
    "too_large",
    "The answer is longer than 100000 bytes",
  ]);
});

Deno.test("generate stops reading an answer that is long without being a picture", async () => {
  await using upstream = serveUpstream(() => endlessAnswer('{"data": [', " "));
  const error = await failureOf(providerAt(upstream.url).generate(REQUEST));
  assertEquals([error.reason, error.message], [
    "too_large",
    "The answer has more than 1048576 bytes beside its picture",
  ]);
});

/** Error answers as they come over HTTP: status, error body, headers, what is to be done. */
const ERROR_ANSWERS: [number, Record<string, unknown>, Record<string, string>, unknown][] = [
  [
    429,
    { message: "Rate limit reached", type: "input-images", code: "rate_limit_exceeded" },
    { "retry-after": "7", "x-request-id": "req_9" },
    {
      kind: "rate",
      errorCode: "provider_unavailable",
      ambiguous: false,
      message: "429 rate_limit_exceeded: Rate limit reached (request req_9)",
      providerRequestId: "req_9",
      retryAfterMs: 7000,
      status: 429,
      upstreamCode: "rate_limit_exceeded",
    },
  ],
  [
    429,
    { message: "No credits", type: "insufficient_quota", code: "credit_balance_exhausted" },
    {},
    {
      kind: "money",
      errorCode: "provider_unavailable",
      ambiguous: false,
      message: "429 credit_balance_exhausted: No credits",
      status: 429,
      upstreamCode: "credit_balance_exhausted",
    },
  ],
  [
    400,
    { message: "Rejected", type: "image_generation_user_error", code: "moderation_blocked" },
    {},
    {
      kind: "permanent",
      errorCode: "moderation_blocked",
      ambiguous: false,
      message: "400 moderation_blocked: Rejected",
      status: 400,
      upstreamCode: "moderation_blocked",
    },
  ],
  [
    404,
    {
      message: "The model `x` does not exist",
      type: "invalid_request_error",
      code: "model_not_found",
    },
    {},
    {
      kind: "model_gone",
      errorCode: "provider_unavailable",
      ambiguous: false,
      message: "404 model_not_found: The model `x` does not exist",
      status: 404,
      upstreamCode: "model_not_found",
    },
  ],
  [
    503,
    { message: "Overloaded", type: "service_unavailable_error", code: "server_is_overloaded" },
    { "x-should-retry": "true", "retry-after-ms": "1" },
    {
      kind: "transient",
      errorCode: "provider_unavailable",
      ambiguous: false,
      message: "503 server_is_overloaded: Overloaded",
      retryAfterMs: 1,
      status: 503,
      upstreamCode: "server_is_overloaded",
    },
  ],
];

for (const [status, error, headers, failure] of ERROR_ANSWERS) {
  Deno.test(`generate asks once and lets ${status} ${error.code} through`, async () => {
    const body = { error: { param: null, ...error } };
    await using upstream = serveUpstream(() => Response.json(body, { status, headers }));
    const thrown = await assertRejects(() => providerAt(upstream.url).generate(REQUEST), APIError);
    assertEquals(classifyFailure(thrown), failure as typeof thrown);
    assertEquals(upstream.requests.length, 1);
  });
}

Deno.test("generate judges an endless error answer by its status", async () => {
  await using upstream = serveUpstream(() => endlessAnswer("", "x", 500));
  const thrown = await assertRejects(() => providerAt(upstream.url).generate(REQUEST), APIError);
  assertEquals(classifyFailure(thrown).kind, "transient");
  assertEquals(thrown.status, 500);
});

Deno.test("generate follows no redirect with its request", async () => {
  await using elsewhere = serveUpstream(() => Response.json(answerWith(sampleBase64("png"))));
  await using upstream = serveUpstream(() =>
    new Response(null, { status: 307, headers: { location: `${elsewhere.url}/v1` } })
  );
  const thrown = await assertRejects(() => providerAt(upstream.url).generate(REQUEST), APIError);
  assertEquals(thrown.status, 307);
  assertEquals([upstream.requests.length, elsewhere.requests.length], [1, 0]);
});

Deno.test("generate shows its key in no error", async () => {
  await using upstream = serveUpstream(({ headers }) =>
    Response.json({ error: { message: `Bad key ${headers.get("authorization")}` } }, {
      status: 401,
    })
  );
  const thrown = await assertRejects(() => providerAt(upstream.url).generate(REQUEST), APIError);
  const { kind, message } = classifyFailure(thrown);
  assertEquals([kind, message.includes(API_KEY)], ["money", false]);
});
