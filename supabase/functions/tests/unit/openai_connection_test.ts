/** One request a picture, whatever becomes of its connection; and pictures that have to be downloaded. */
import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { classifyFailure } from "../../_shared/openai/failure.ts";
import { type RawExchange, serveRaw, serveUpstream } from "./fake_upstream.ts";
import {
  answerWith,
  failureOf,
  httpAnswer,
  providerAt,
  REQUEST,
  timeoutOf,
} from "./openai_fixture.ts";
import { sampleBase64, samplePicture } from "./sample_pictures.ts";

Deno.test.sanitizer({ ops: true, resources: true });

Deno.test("generate never uses a connection twice, even if the server leaves it open", async () => {
  const answer = httpAnswer(JSON.stringify(answerWith(sampleBase64("png"))));
  await using upstream = serveRaw(async ({ send }) => {
    await send(answer);
    return "keep";
  });
  const provider = providerAt(upstream.url);
  for (let calls = 1; calls <= 3; calls++) {
    await provider.generate(REQUEST);
    assertEquals([upstream.requests, upstream.connections], [calls, calls]);
  }
});

Deno.test("generate sends exactly one request when a connection that was left open drops", async () => {
  const answer = httpAnswer(JSON.stringify(answerWith(sampleBase64("png"))));
  let requests = 0;
  await using upstream = serveRaw(async ({ send }) => {
    requests += 1;
    // The first call is answered; each later one loses its connection.
    if (requests > 1) return "close";
    await send(answer);
    return "keep";
  });
  const provider = providerAt(upstream.url);
  await provider.generate(REQUEST);
  for (let calls = 2; calls <= 4; calls++) {
    const error = await failureOf(provider.generate(REQUEST));
    assertEquals([error.reason, error.ambiguous], ["dropped", true]);
    assertEquals(upstream.requests, calls);
  }
});

/** What a server sends before its connection drops. */
const DROPS: [string, string][] = [
  ["before its answer", ""],
  ["in the head of its answer", "HTTP/1.1 200 OK\r\ncontent-ty"],
  [
    "in the body of its answer",
    'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{"data": [{"b64_',
  ],
  [
    "in the picture",
    'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{"data": [{"b64_json": "iVBORw0K',
  ],
  ["after nonsense", "ICY 200 OK\r\n\r\n"],
];

for (const [where, sent] of DROPS) {
  Deno.test(`generate calls a connection lost ${where} dropped, and asks once`, async () => {
    await using upstream = serveRaw(async ({ send }) => {
      await send(sent);
      return "close";
    });
    const error = await failureOf(providerAt(upstream.url).generate(REQUEST));
    assertEquals([error.reason, error.ambiguous], ["dropped", true]);
    assertEquals(classifyFailure(error).kind, "transient");
    assertEquals([upstream.requests, upstream.connections], [1, 1]);
  });
}

Deno.test("generate knows that nothing was billed when no connection was made", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const error = await failureOf(providerAt(`http://127.0.0.1:${port}`).generate(REQUEST));
  assertEquals([error.reason, error.ambiguous], ["unreachable", false]);
  const { kind, errorCode, ambiguous } = classifyFailure(error);
  assertEquals([kind, errorCode, ambiguous], ["transient", "provider_unavailable", false]);
});

/** What a server sends before it hangs. */
const HANGS: [string, string][] = [
  ["before its answer", ""],
  ["in its answer", DROPS[3]?.[1] as string],
];

for (const [where, sent] of HANGS) {
  const hang = async ({ send, untilClosed }: RawExchange) => {
    await send(sent);
    await untilClosed();
    return "close" as const;
  };

  Deno.test(`generate gives up on a server that hangs ${where}, and closes the connection`, async () => {
    await using upstream = serveRaw(hang);
    const error = await failureOf(
      providerAt(upstream.url, { timeoutMs: { ...timeoutOf(20_000), low: 100 } }).generate(REQUEST),
    );
    assertEquals([error.reason, error.message], ["timeout", "No picture within 100 ms"]);
    const { kind, errorCode, ambiguous } = classifyFailure(error);
    assertEquals([kind, errorCode, ambiguous], ["transient", "provider_timeout", true]);
    assertEquals(upstream.requests, 1);
  });

  Deno.test(`generate ends with its signal while a server hangs ${where}`, async () => {
    const controller = new AbortController();
    await using upstream = serveRaw(async (exchange) => {
      await exchange.send(sent);
      controller.abort(new Error("Lease lost"));
      await exchange.untilClosed();
      return "close";
    });
    const { signal } = controller;
    const error = await failureOf(providerAt(upstream.url).generate({ ...REQUEST, signal }));
    assertEquals([error.reason, error.ambiguous], ["cancelled", true]);
    assertEquals(classifyFailure(error).kind, "cancelled");
  });
}

Deno.test("generate asks nothing once its signal is aborted", async () => {
  await using upstream = serveUpstream(() => Response.json(answerWith(sampleBase64("png"))));
  const signal = AbortSignal.abort();
  const error = await failureOf(providerAt(upstream.url).generate({ ...REQUEST, signal }));
  assertEquals([error.reason, error.ambiguous], ["cancelled", false]);
  assertEquals(upstream.requests.length, 0);
});

Deno.test("generate downloads a picture from the endpoint's own origin, without its key", async () => {
  await using upstream = serveUpstream(({ path }) =>
    path === "/files/1.png"
      ? new Response(samplePicture("png"))
      : Response.json({ data: [{ url: new URL("/files/1.png", upstream.url).href }] })
  );
  const image = await providerAt(upstream.url).generate(REQUEST);
  assertEquals(image.bytes, samplePicture("png"));
  assertEquals(upstream.requests.map(({ path }) => path), [
    "/v1/images/generations",
    "/files/1.png",
  ]);
  assertEquals(upstream.requests[1]?.headers.get("authorization"), null);
});

Deno.test("generate trusts a downloaded picture as little as a sent one", async () => {
  await using upstream = serveUpstream(({ path }) =>
    path === "/files/1.png"
      ? new Response("<html>")
      : Response.json({ data: [{ url: `${upstream.url}/files/1.png` }] })
  );
  const error = await failureOf(providerAt(upstream.url).generate(REQUEST));
  assertInstanceOf(error.cause, Error);
  assertEquals([error.reason, error.ambiguous], ["bad_image", true]);
});

Deno.test("generate calls a URL to a private address a bad download", async () => {
  await using inside = serveUpstream(() => new Response(samplePicture("png")));
  await using upstream = serveUpstream(() => Response.json({ data: [{ url: inside.url }] }));
  const error = await failureOf(providerAt(upstream.url).generate(REQUEST));
  assertEquals([error.reason, error.ambiguous], ["bad_download", true]);
  assertEquals(inside.requests.length, 0);
});

Deno.test("generate calls a URL whose host leads to a private address a bad download", async () => {
  const url = "https://pictures.example.com/1.png";
  await using upstream = serveUpstream(() => Response.json({ data: [{ url }] }));
  const names: string[] = [];
  const provider = providerAt(upstream.url, {
    resolveHost(name) {
      names.push(name);
      return Promise.resolve(["169.254.169.254"]);
    },
  });
  const error = await failureOf(provider.generate(REQUEST));
  assertEquals(error.reason, "bad_download");
  assert(error.message.includes('leads to "169.254.169.254"'), error.message);
  assertEquals(names, ["pictures.example.com"]);
});

Deno.test("generate gives up on a download that hangs", async () => {
  await using upstream = serveRaw(async ({ send, untilClosed }) => {
    const body = JSON.stringify({ data: [{ url: `${upstream.url}/files/1.png` }] });
    if (upstream.requests === 1) {
      await send(httpAnswer(body));
    } else {
      await untilClosed();
    }
    return "close";
  });
  const error = await failureOf(
    providerAt(upstream.url, { timeoutMs: timeoutOf(200) }).generate(REQUEST),
  );
  assertEquals(error.reason, "timeout");
});
