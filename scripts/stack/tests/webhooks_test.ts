// The worker of the pg_net stand-in, against a real database and a real HTTP server.
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import postgres from "postgres";
import { preparePlatform } from "../platform.ts";
import { startPostgres } from "../postgres.ts";
import { startWebhooks } from "../webhooks.ts";

interface Received {
  method: string;
  path: string;
  ring: string | null;
  body: string;
}

/** Gives what a promise gives, or fails after a minute: longer than a lost statement takes to be found. */
async function deadline<T>(promise: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error("Nothing happened within 60 s")), 60_000);
  return await Promise.race([promise, late.promise]).finally(() => clearTimeout(timer));
}

/** An HTTP server that hands over what it receives, and answers by path. */
function startReceiver() {
  const inbox = new TransformStream<Received, Received>(undefined, undefined, {
    highWaterMark: 1000,
  });
  const [writer, reader] = [inbox.writable.getWriter(), inbox.readable.getReader()];
  const hanging: PromiseWithResolvers<Response>[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => undefined },
    async (request) => {
      const path = new URL(request.url).pathname;
      const ring = request.headers.get("x-ring");
      writer.write({ method: request.method, path, ring, body: await request.text() });
      if (path === "/redirect") return Response.redirect(new URL("/elsewhere", request.url), 302);
      if (path !== "/hang") return new Response(`got\0 ${path}`, { status: 202 });
      const answer = Promise.withResolvers<Response>();
      hanging.push(answer);
      return await answer.promise;
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    next: async () => (await deadline(reader.read())).value,
    close: async () => {
      for (const answer of hanging) answer.resolve(new Response());
      await server.shutdown();
      await writer.close();
    },
  };
}

Deno.test("startWebhooks", async (t) => {
  await using cleanup = new AsyncDisposableStack();
  const server = await startPostgres();
  cleanup.defer(() => server.stop());
  await preparePlatform(server);
  const sql = postgres(server.url(), { max: 1, onnotice: () => undefined });
  cleanup.defer(() => sql.end());
  const receiver = startReceiver();
  cleanup.defer(() => receiver.close());
  const webhooks = await startWebhooks({ databaseUrl: server.url() });
  cleanup.defer(() => webhooks.close());
  const post = async (path: string, options: { ring?: string } = {}) => {
    const headers = sql.json(options.ring === undefined ? {} : { "x-ring": options.ring });
    const [row] = await sql`
      select net.http_post(${receiver.url + path}, '{"n": 1}', headers => ${headers},
        timeout_milliseconds => 60000) as id`;
    return row?.id as string;
  };
  /** Waits for the stored reply of a request. */
  const replyTo = async (id: string) => {
    for (const started = Date.now(); Date.now() - started < 60_000;) {
      const [row] = await sql`
        select status_code as status, content, timed_out as late, error_msg as error
        from net._http_response where id = ${id}`;
      if (row !== undefined) return { ...row };
    }
    throw new Error(`No reply to request ${id} within 60 s`);
  };

  await t.step("delivers a POST and stores the reply", async () => {
    const id = await post("/a", { ring: "row" });
    assertEquals(await receiver.next(), {
      method: "POST",
      path: "/a",
      ring: "row",
      body: '{"n": 1}',
    });
    assertEquals(await replyTo(id), { status: 202, content: "got /a", late: false, error: null });
    assertEquals((await sql`select from net.http_request_queue`).length, 0);
  });

  await t.step("sends nothing for a transaction that is rolled back", async () => {
    await sql.begin(async (transaction) => {
      await transaction`select net.http_get(${receiver.url + "/rolled-back"})`;
      throw new Error("Undo");
    }).catch(() => undefined);
    await sql`select net.http_get(${receiver.url + "/kept"})`;
    assertEquals((await receiver.next())?.path, "/kept");
  });

  await t.step("does not follow a redirect", async () => {
    const id = await post("/redirect");
    assertEquals((await receiver.next())?.path, "/redirect");
    assertEquals((await replyTo(id)).status, 302);
  });

  await t.step("stores a timeout and a refused connection as errors", async () => {
    // Takes connections, as the system does for it, and answers none.
    using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const [late] = await sql`
      select net.http_get(${`http://127.0.0.1:${silent.addr.port}/`}, timeout_milliseconds => 50) as id`;
    const error = "Timeout of 50 ms reached";
    assertEquals(await replyTo(late?.id), { status: null, content: null, late: true, error });
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const url = `http://127.0.0.1:${listener.addr.port}/`;
    listener.close();
    const [row] = await sql`select net.http_get(${url}) as id`;
    assertMatch((await replyTo(row?.id)).error, /fetch failed|error sending request/i);
  });

  await t.step("sends more than a batch", async () => {
    await sql`select net.http_get(${receiver.url} || '/' || n) from generate_series(1, 250) n`;
    const paths = new Set<string | undefined>();
    for (let i = 0; i < 250; i++) paths.add((await receiver.next())?.path);
    assertEquals(paths.size, 250);
  });

  await t.step("mode drop loses rings but the sweep's", async () => {
    webhooks.mode = "drop";
    await post("/lost", { ring: "submit" });
    await post("/swept", { ring: "sweep" });
    assertEquals((await receiver.next())?.path, "/swept");
    await post("/plain");
    assertEquals((await receiver.next())?.path, "/plain");
    webhooks.mode = "deliver";
    await post("/rung", { ring: "submit" });
    assertEquals((await receiver.next())?.path, "/rung");
  });

  await t.step("goes on after the server has crashed", async () => {
    await server.restart("immediate");
    await sql`select 1`.catch(() => undefined);
    await post("/after");
    assertEquals((await receiver.next())?.path, "/after");
  });

  await t.step("close() gives up a request under way", async () => {
    await post("/hang");
    assertEquals((await receiver.next())?.path, "/hang");
    await deadline(webhooks.close());
  });
});

Deno.test("startWebhooks() fails when the database cannot be reached", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const databaseUrl = `postgresql://postgres@127.0.0.1:${port}/postgres`;
  await assertRejects(() => deadline(startWebhooks({ databaseUrl })), Error, "ECONNREFUSED");
});
