/** Pictures that come with previews. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { APIError } from "openai";
import { classifyFailure } from "../../_shared/openai/failure.ts";
import { serveRaw, serveUpstream } from "./fake_upstream.ts";
import { answerWith, failureOf, providerAt, REQUEST, timeoutOf, USAGE } from "./openai_fixture.ts";
import { sampleBase64, type SampleName, samplePicture } from "./sample_pictures.ts";

Deno.test.sanitizer({ ops: true, resources: true });

/** A stream as OpenAI sends it. */
function streamOf(events: { type: string; [field: string]: unknown }[], ending = ""): Response {
  const text = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  return new Response(`${text.join("")}${ending}`, {
    headers: { "content-type": "text/event-stream; charset=utf-8", "x-request-id": "req_s" },
  });
}

function previewOf(name: SampleName, index: number) {
  return {
    type: "image_generation.partial_image",
    "b64_json": sampleBase64(name),
    "partial_image_index": index,
  };
}

function completedWith(name: SampleName) {
  return { type: "image_generation.completed", "b64_json": sampleBase64(name), usage: USAGE };
}

Deno.test("generate without previews sends not one byte more than before there were any", async () => {
  await using upstream = serveUpstream(() => Response.json(answerWith(sampleBase64("png"))));
  const provider = providerAt(upstream.url);
  await provider.generate(REQUEST);
  await provider.generate({ ...REQUEST, partialImages: 0, onPartial() {} });
  const [without, off] = upstream.requests;
  assertEquals(off?.body, without?.body);
  assertEquals([...off?.headers ?? []], [...without?.headers ?? []]);
  assertEquals(new TextDecoder().decode(off?.body).includes("stream"), false);
});

Deno.test("generate reports previews and gives the picture at the end", async () => {
  await using upstream = serveUpstream(() =>
    streamOf([previewOf("png", 0), previewOf("png", 1), completedWith("png")], "data: [DONE]\n\n")
  );
  const previews: [number, Uint8Array][] = [];
  const image = await providerAt(upstream.url).generate({
    ...REQUEST,
    partialImages: 2,
    onPartial: (index, bytes) => void previews.push([index, bytes]),
  });
  assertEquals(previews, [[0, samplePicture("png")], [1, samplePicture("png")]]);
  assertEquals(image.bytes, samplePicture("png"));
  assertEquals([image.usage, image.providerRequestId], [USAGE, "req_s"]);
  const body = JSON.parse(new TextDecoder().decode(upstream.requests[0]?.body));
  assertEquals([body.stream, body["partial_images"]], [true, 2]);
});

Deno.test("generate shows no preview that is not a numbered picture of the wanted format", async () => {
  const html = { ...previewOf("png", 1), "b64_json": btoa("<html>") };
  await using upstream = serveUpstream(() =>
    streamOf([
      previewOf("jpeg", 0),
      html,
      previewOf("gif", 2),
      previewOf("png", -1),
      previewOf("png", 0.5),
      { ...previewOf("png", 0), "partial_image_index": "../0" },
      completedWith("png"),
    ])
  );
  let previews = 0;
  const onPartial = () => void previews++;
  await providerAt(upstream.url).generate({ ...REQUEST, partialImages: 3, onPartial });
  assertEquals(previews, 0);
});

Deno.test("generate gives the picture although its preview could not be shown", async () => {
  await using upstream = serveUpstream(() => streamOf([previewOf("png", 0), completedWith("png")]));
  const onPartial = () => {
    throw new Error("Nobody is watching");
  };
  const provider = providerAt(upstream.url);
  const image = await provider.generate({ ...REQUEST, partialImages: 1, onPartial });
  assertEquals(image.bytes, samplePicture("png"));
});

Deno.test("generate ends with the picture, not with the stream", async () => {
  await using upstream = serveRaw(async ({ send, untilClosed }) => {
    const event = `data: ${JSON.stringify(completedWith("png"))}\n\n`;
    await send(
      "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n" +
        `${event.length.toString(16)}\r\n${event}\r\n`,
    );
    await untilClosed();
    return "close";
  });
  const image = await providerAt(upstream.url).generate({ ...REQUEST, partialImages: 1 });
  assertEquals(image.bytes, samplePicture("png"));
});

Deno.test("generate calls a stream that ends without the picture dropped", async () => {
  await using upstream = serveUpstream(() => streamOf([previewOf("png", 0)]));
  const error = await failureOf(
    providerAt(upstream.url).generate({ ...REQUEST, partialImages: 1 }),
  );
  assertEquals([error.reason, error.ambiguous], ["dropped", true]);
  assertEquals(error.message, "The stream ended before the picture");
});

Deno.test("generate calls a stream that breaks off dropped, and asks once", async () => {
  await using upstream = serveRaw(async ({ send }) => {
    const event = `data: ${JSON.stringify(previewOf("png", 0))}\n\n`;
    await send(
      "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n" +
        `${event.length.toString(16)}\r\n${event}\r\n40\r\ndata: {"type": "image_gen`,
    );
    return "close";
  });
  const error = await failureOf(
    providerAt(upstream.url).generate({ ...REQUEST, partialImages: 1 }),
  );
  assertEquals([error.reason, error.ambiguous], ["dropped", true]);
  assertEquals(upstream.requests, 1);
});

Deno.test("generate gives up on a stream that hangs, and on one whose caller left", async () => {
  const controller = new AbortController();
  const partialImages = 1;
  await using upstream = serveRaw(async ({ send, untilClosed }) => {
    await send("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n: hello\n\n");
    await untilClosed();
    return "close";
  });
  const hasty = providerAt(upstream.url, { timeoutMs: timeoutOf(100) });
  const late = await failureOf(hasty.generate({ ...REQUEST, partialImages }));
  assertEquals(late.reason, "timeout");
  const { signal } = controller;
  const left = providerAt(upstream.url).generate({ ...REQUEST, partialImages, signal });
  controller.abort();
  assertEquals((await failureOf(left)).reason, "cancelled");
});

Deno.test("generate calls a stream with malformed events malformed", async () => {
  await using upstream = serveUpstream(() => streamOf([], "data: {nonsense\n\n"));
  const error = await failureOf(
    providerAt(upstream.url).generate({ ...REQUEST, partialImages: 1 }),
  );
  assertEquals([error.reason, error.ambiguous], ["malformed", true]);
});

Deno.test("generate lets an error event of a stream through", async () => {
  const error = {
    type: "image_generation_user_error",
    code: "moderation_blocked",
    message: "Rejected",
    param: null,
  };
  await using upstream = serveUpstream(() =>
    streamOf([previewOf("png", 0), { type: "error", error }])
  );
  const generating = providerAt(upstream.url).generate({ ...REQUEST, partialImages: 1 });
  const thrown = await assertRejects(() => generating, APIError);
  const { kind, errorCode } = classifyFailure(thrown);
  assertEquals([kind, errorCode], ["permanent", "moderation_blocked"]);
});

Deno.test("generate says what to do about an endpoint that cannot stream", async () => {
  await using upstream = serveUpstream(() => Response.json(answerWith(sampleBase64("png"))));
  const error = await failureOf(
    providerAt(upstream.url).generate({ ...REQUEST, partialImages: 1 }),
  );
  assertEquals(error.reason, "malformed");
  assert(error.message.includes("set partial_images to 0"), error.message);
});
