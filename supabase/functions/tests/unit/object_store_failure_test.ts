/** What the object store makes of failures, each after one request. */
import { assert, assertEquals } from "@std/assert";
import { serveRaw, serveUpstream } from "./fake_upstream.ts";
import {
  errorAnswer,
  failureOf,
  KEY,
  OBJECT,
  SECRET,
  serveBucket,
  storeAt,
} from "./object_store_fixture.ts";

Deno.test.sanitizer({ ops: true, resources: true });

/** An answer, and what the error says. */
const ANSWERS: [number, string, "transient" | "permanent"][] = [
  [500, "InternalError", "transient"],
  [503, "SlowDown", "transient"],
  [503, "ServiceUnavailable", "transient"],
  [502, "BadGateway", "transient"],
  [408, "RequestTimeout", "transient"],
  [409, "ConditionalRequestConflict", "transient"],
  [429, "TooManyRequests", "transient"],
  [403, "RequestTimeTooSkewed", "transient"],
  [400, "InvalidRequest", "transient"],
  [400, "RequestTimeout", "transient"],
  [400, "IncompleteBody", "transient"],
  [400, "BadDigest", "transient"],
  [400, "XAmzContentSHA256Mismatch", "transient"],
  [423, "Locked", "transient"],
  [307, "TemporaryRedirect", "transient"],
  [403, "ExpiredToken", "permanent"],
  [403, "AccessDenied", "permanent"],
  [403, "InvalidAccessKeyId", "permanent"],
  [403, "SignatureDoesNotMatch", "permanent"],
  [404, "NoSuchBucket", "permanent"],
  [301, "PermanentRedirect", "permanent"],
];

for (const [status, code, kind] of ANSWERS) {
  Deno.test(`put asks once and calls ${status} ${code} ${kind}`, async () => {
    await using upstream = serveUpstream(() => errorAnswer(status, code));
    const error = await failureOf(storeAt(upstream.url).put(OBJECT));
    assertEquals([error.kind, error.status, error.code], [kind, status, code]);
    assertEquals(error.message, `Cannot store "${KEY}": the store answers ${status} ${code}`);
    assert(error.cause instanceof Error);
    assertEquals(upstream.requests.length, 1);
  });
}

for (const [name, body] of [["no body", null], ["HTML", "<html>Oops</html>"]] as const) {
  Deno.test(`every call takes a 500 with ${name} for transient`, async () => {
    await using upstream = serveUpstream(({ method }) =>
      new Response(method === "HEAD" ? null : body, { status: 500 })
    );
    const store = storeAt(upstream.url);
    const calls = [
      () => store.put(OBJECT),
      () => store.get(KEY),
      () => store.head(KEY),
      () => store.delete(KEY),
    ];
    for (const call of calls) {
      const error = await failureOf(call());
      assertEquals([error.kind, error.status], ["transient", 500]);
    }
  });
}

Deno.test("head calls 403 permanent, which AWS answers where listing is not allowed", async () => {
  await using upstream = serveUpstream(() => new Response(null, { status: 403 }));
  const error = await failureOf(storeAt(upstream.url).head(KEY));
  assertEquals([error.kind, error.status], ["permanent", 403]);
});

Deno.test("put calls 501 permanent where there is no condition to leave out", async () => {
  await using upstream = serveUpstream(({ method }) =>
    method === "HEAD" ? new Response(null, { status: 404 }) : errorAnswer(501, "NotImplemented")
  );
  const error = await failureOf(storeAt(upstream.url).put(OBJECT));
  assertEquals([error.kind, error.status], ["permanent", 501]);
});

Deno.test("every call takes a refused connection for transient", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const error = await failureOf(storeAt(`http://127.0.0.1:${port}`).put(OBJECT));
  assertEquals([error.kind, error.status], ["transient", undefined]);
  assertEquals(error.message, `Cannot store "${KEY}": the connection failed`);
});

Deno.test("every call takes a dropped connection for transient, and asks once", async () => {
  await using upstream = serveRaw(() => Promise.resolve("close"));
  const store = storeAt(upstream.url);
  const calls = [() => store.put(OBJECT), () => store.get(KEY), () => store.head(KEY)];
  for (const [index, call] of calls.entries()) {
    assertEquals((await failureOf(call())).kind, "transient");
    assertEquals(upstream.requests, index + 1);
  }
});

Deno.test("get takes a body that breaks off for transient", async () => {
  await using upstream = serveRaw(async ({ send }) => {
    await send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf");
    return "close";
  });
  assertEquals((await failureOf(storeAt(upstream.url).get(KEY))).kind, "transient");
});

/** What a server sends before it hangs. */
const HANGS = [
  ["before its answer", ""],
  ["in the head of its answer", "HTTP/1.1 200 OK\r\n"],
  ["in the body of its answer", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf"],
  ["in an error answer", "HTTP/1.1 500 Oops\r\ncontent-length: 10\r\n\r\n<Err"],
] as const;

for (const [where, sent] of HANGS) {
  Deno.test(`put and get give up on a server that hangs ${where}, and close the connection`, async () => {
    await using upstream = serveRaw(async ({ send, untilClosed }) => {
      await send(sent);
      await untilClosed();
      return "close";
    });
    const store = storeAt(upstream.url, { timeoutMs: 100 });
    for (const call of [() => store.put(OBJECT), () => store.get(KEY)]) {
      const error = await failureOf(call());
      assertEquals(error.kind, "transient");
      assert(error.message.endsWith(": no answer within 100 ms"), error.message);
    }
  });

  Deno.test(`get ends with its signal while a server hangs ${where}`, async () => {
    const controller = new AbortController();
    await using upstream = serveRaw(async ({ send, untilClosed }) => {
      await send(sent);
      controller.abort();
      await untilClosed();
      return "close";
    });
    const error = await failureOf(storeAt(upstream.url).get(KEY, { signal: controller.signal }));
    assertEquals([error.kind, error.message], [
      "cancelled",
      `Cannot read "${KEY}": it was cancelled`,
    ]);
  });
}

Deno.test("no call asks anything once its signal is aborted", async () => {
  await using bucket = serveBucket();
  const store = storeAt(bucket.url);
  const signal = AbortSignal.abort();
  const calls = [
    () => store.put({ ...OBJECT, signal }),
    () => store.get(KEY, { signal }),
    () => store.head(KEY, { signal }),
    () => store.delete(KEY, { signal }),
  ];
  for (const call of calls) assertEquals((await failureOf(call())).kind, "cancelled");
  assertEquals(bucket.requests.length, 0);
});

Deno.test("no error shows the secret key", async () => {
  await using upstream = serveUpstream(() => errorAnswer(403, "SignatureDoesNotMatch"));
  const error = await failureOf(storeAt(upstream.url).put(OBJECT));
  assertEquals(Deno.inspect(error, { depth: 10 }).includes(SECRET), false);
});
