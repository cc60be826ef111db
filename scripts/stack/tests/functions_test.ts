// The hosted functions: what reaches them, how they start and end, and that no request is sent twice.
import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { startTestFunctions, until } from "./functions_fixture.ts";

const ECHO = `
  Deno.serve(async (request) => {
    const { pathname, search } = new URL(request.url);
    return Response.json({
      pid: Deno.pid,
      method: request.method,
      path: pathname + search,
      headers: Object.fromEntries(request.headers),
      body: await request.text(),
    }, { status: 201, headers: { "x-answer": "yes" } });
  });
`;

Deno.test("Functions.fetch hands a request on as the platform does", async () => {
  await using fixture = await startTestFunctions({ echo: ECHO });
  const answer = await fixture.call("echo/a%20b?c=d&e", {
    method: "PATCH",
    headers: {
      "x-own": "1",
      "content-type": "text/plain",
      "x-forwarded-for": "198.51.100.1",
      "x-forwarded-proto": "https",
      "accept-encoding": "gzip",
    },
    body: "ü".repeat(70_000),
  });
  assertEquals([answer.status, answer.headers.get("x-answer")], [201, "yes"]);
  const seen = await answer.json();
  assertEquals([seen.method, seen.path], ["PATCH", "/echo/a%20b?c=d&e"]);
  assertEquals(seen.body, "ü".repeat(70_000));
  assertEquals(seen.headers["x-own"], "1");
  assertEquals(seen.headers["x-forwarded-for"], "198.51.100.1, 203.0.113.7");
  assertEquals(seen.headers["x-forwarded-host"], "stack.test");
  assertEquals(seen.headers["x-forwarded-proto"], "http");
  assertEquals(seen.headers["accept-encoding"], "identity");
  assertEquals((await (await fixture.call("echo")).json()).path, "/echo");
});

Deno.test("Functions.fetch passes an answer on unchanged", async () => {
  await using fixture = await startTestFunctions({
    answers: `
      Deno.serve((request) => {
        const { pathname } = new URL(request.url);
        if (pathname === "/answers/away") return Response.redirect("https://example.com/", 302);
        if (pathname === "/answers/none") return new Response(null, { status: 204 });
        if (pathname === "/answers/fails") throw new Error("Broken on purpose");
        const headers = new Headers({ "content-type": "text/html" });
        headers.append("set-cookie", "a=1");
        headers.append("set-cookie", "b=2");
        return new Response("<p>".repeat(2_000), { headers });
      });
    `,
  });
  const away = await fixture.call("answers/away");
  assertEquals([away.status, away.headers.get("location")], [302, "https://example.com/"]);
  assertEquals((await fixture.call("answers/none")).status, 204);
  assertEquals((await fixture.call("answers/fails")).status, 500);
  const page = await fixture.call("answers", { headers: { "accept-encoding": "gzip, br" } });
  assertEquals(page.headers.getSetCookie(), ["a=1", "b=2"]);
  assertEquals(page.headers.get("content-encoding"), null);
  assertEquals(await page.text(), "<p>".repeat(2_000));
});

Deno.test("Functions.fetch streams both ways", async () => {
  await using fixture = await startTestFunctions({
    upper: `
      Deno.serve((request) => new Response(request.body
        .pipeThrough(new TextDecoderStream())
        .pipeThrough(new TransformStream({
          transform: (text, controller) => controller.enqueue(text.toUpperCase()),
        }))
        .pipeThrough(new TextEncoderStream())));
    `,
  });
  const { readable, writable } = new TransformStream<Uint8Array<ArrayBuffer>>();
  const writer = writable.getWriter();
  const encoder = new TextEncoder();
  const answer = fixture.call("upper", { method: "POST", body: readable });
  await writer.write(encoder.encode("first"));
  const reader = (await answer).body?.pipeThrough(new TextDecoderStream()).getReader();
  assertEquals((await reader?.read())?.value, "FIRST");
  await writer.write(encoder.encode("second"));
  assertEquals((await reader?.read())?.value, "SECOND");
  await writer.close();
  assertEquals((await reader?.read())?.done, true);
});

Deno.test("a function sees its own environment and may do little", async () => {
  Deno.env.set("FUNCTIONS_TEST_SECRET", "of the stack");
  try {
    await using fixture = await startTestFunctions({
      inside: `
        const refused = (what) => what().then(() => "allowed", (error) => error.name);
        Deno.serve(async () => Response.json({
          env: Object.keys(Deno.env.toObject()).sort(),
          written: await refused(async () => await Deno.writeTextFile("/tmp/x", "x")),
          read: await refused(async () => await Deno.readTextFile("/etc/hostname")),
          ran: await refused(async () => await new Deno.Command("true").output()),
        }));
      `,
    }, { MODE: "test" });
    const inside = await (await fixture.call("inside")).json();
    assert(inside.env.includes("MODE"));
    assert(!inside.env.includes("FUNCTIONS_TEST_SECRET"));
    const { written, read, ran } = inside;
    assertEquals([written, read, ran], ["NotCapable", "NotCapable", "NotCapable"]);
  } finally {
    Deno.env.delete("FUNCTIONS_TEST_SECRET");
  }
});

Deno.test("Functions start when asked for, or all by warm()", async () => {
  await using fixture = await startTestFunctions({ one: ECHO, two: ECHO });
  const { functions, call } = fixture;
  assertEquals([functions.pid("one"), functions.pid("two")], [undefined, undefined]);
  const answers = await Promise.all([call("one"), call("one"), call("one")]);
  const pids = await Promise.all(answers.map(async (it) => (await it.json()).pid));
  assertEquals(new Set(pids), new Set([functions.pid("one")]));
  assertEquals(functions.pid("two"), undefined);
  await functions.warm();
  assertNotEquals(functions.pid("two"), undefined);
  await assertRejects(() => call("three"), Error, 'No function is named "three"');
});

Deno.test("Functions.kill ends open requests, sends none twice, and the next starts anew", async () => {
  await using fixture = await startTestFunctions({
    hangs: `
      Deno.serve(async (request) => {
        const id = await request.text();
        await report(id);
        if (id.startsWith("hang")) await new Promise(() => {});
        return Response.json({ pid: Deno.pid });
      });
    `,
  });
  const { functions, call, reports, reported } = fixture;
  const post = (id: string) => call("hangs", { method: "POST", body: id });
  // Kept-alive connections, so that the requests to be cut are sent over used ones.
  await Promise.all(Array.from({ length: 8 }, (_, n) => post(`warm ${n}`).then((it) => it.text())));
  const killed = functions.pid("hangs");
  const ids = Array.from({ length: 8 }, (_, n) => `hang ${n}`);
  const open = ids.map(post);
  for (const id of ids) await reported(id);

  const killing = functions.kill("hangs");
  const next = ["next 1", "next 2"].map(post);
  await killing;
  for (const answer of await Promise.all(open)) {
    assertEquals([answer.status, (await answer.json()).code], [502, "WORKER_ERROR"]);
  }
  for (const answer of await Promise.all(next)) {
    assertEquals(answer.status, 200);
    assertNotEquals((await answer.json()).pid, killed);
  }
  const sent = reports.filter((it) => !it.startsWith("warm")).sort();
  assertEquals(sent, [...ids, "next 1", "next 2"]);
});

Deno.test("Functions start again what has crashed", async () => {
  await using fixture = await startTestFunctions({
    crashes: `
      Deno.serve((request) => {
        if (request.method === "POST") Deno.exit(7);
        return Response.json({ pid: Deno.pid });
      });
    `,
  });
  const { functions, call } = fixture;
  const before = (await (await call("crashes")).json()).pid;
  assertEquals((await call("crashes", { method: "POST", body: "x" })).status, 502);
  await until("the process has ended", () => functions.pid("crashes") === undefined);
  const after = (await (await call("crashes")).json()).pid;
  assertNotEquals(after, before);
});

Deno.test("Functions answer 503 for a function that does not start, and try again", async () => {
  await using fixture = await startTestFunctions({
    broken: `throw new Error("Cannot load the configuration");`,
  });
  const { functions, call, log } = fixture;
  for (let attempt = 0; attempt < 2; attempt++) {
    const answer = await call("broken");
    assertEquals([answer.status, (await answer.json()).code], [503, "BOOT_ERROR"]);
  }
  const told = log.filter((it) => it.includes("Cannot load the configuration"));
  assertEquals(told.length >= 2, true);
  assert(told[0]?.startsWith("broken | "));
  await assertRejects(() => functions.warm(), Error, '"broken" does not start');
});

Deno.test("Functions.shutdown fires beforeunload and lets work finish, beside a new process", async () => {
  await using fixture = await startTestFunctions({
    works: `
      addEventListener("beforeunload", (event) => {
        EdgeRuntime.waitUntil(report("unload " + event.detail.reason));
      });
      Deno.serve(async (request) => {
        const { pathname } = new URL(request.url);
        if (pathname === "/works/later") {
          EdgeRuntime.waitUntil(released().then(() => report("later")));
        }
        if (pathname === "/works/now") {
          await report("asked");
          await released();
        }
        return Response.json({ pid: Deno.pid });
      });
    `,
  });
  const { functions, call, reported, release, reports } = fixture;
  const first = (await (await call("works/later")).json()).pid;
  const open = call("works/now");
  await reported("asked");
  const ended = functions.shutdown("works");
  await reported("unload termination");
  const second = (await (await call("works")).json()).pid;
  assertNotEquals(second, first);
  assertEquals(reports, ["asked", "unload termination"]);
  release();
  const answer = await open;
  assertEquals([answer.status, (await answer.json()).pid], [200, first]);
  await ended;
  assertEquals(reports, ["asked", "unload termination", "later"]);
  assertEquals(functions.pid("works"), second);
});

Deno.test("EdgeRuntime.waitUntil logs a rejection and goes on", async () => {
  await using fixture = await startTestFunctions({
    rejects: `
      Deno.serve(() => {
        EdgeRuntime.waitUntil(Promise.reject(new Error("Lost in the background")));
        return Response.json({ pid: Deno.pid });
      });
    `,
  });
  const { call, log } = fixture;
  const first = (await (await call("rejects")).json()).pid;
  await until("it is logged", () => log.some((it) => it.includes("Lost in the background")));
  assertEquals((await (await call("rejects")).json()).pid, first);
});

Deno.test("EDGE_RUNTIME_WALL_CLOCK_SECONDS ends a function in order", async () => {
  await using fixture = await startTestFunctions({
    timed: `
      addEventListener("beforeunload", (event) => {
        EdgeRuntime.waitUntil(report("unload " + event.detail.reason));
      });
      Deno.serve(() => Response.json({ pid: Deno.pid }));
    `,
  }, { EDGE_RUNTIME_WALL_CLOCK_SECONDS: "0.5" });
  const { functions, call, reported } = fixture;
  assertEquals((await call("timed").then((it) => it.text())).startsWith('{"pid"'), true);
  await reported("unload wall_clock");
  await until("the process has ended", () => functions.pid("timed") === undefined);
});

Deno.test("Functions.close ends every process, and nothing starts again", async () => {
  await using fixture = await startTestFunctions({ echo: ECHO });
  const { functions, call } = fixture;
  await functions.warm();
  await functions.close();
  assertEquals(functions.pid("echo"), undefined);
  assertEquals((await call("echo")).status, 503);
});
