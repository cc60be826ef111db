/** Local servers that play an upstream: HTTP for its answers, plain TCP for connections that misbehave. */

/** A request an upstream received. */
export interface ReceivedRequest {
  method: string;
  path: string;
  headers: Headers;
  body: Uint8Array<ArrayBuffer>;
}

/** A running upstream; `await using` stops it. */
export interface Upstream extends AsyncDisposable {
  /** Without a slash at its end. */
  url: string;
  /** Every request, in order of arrival. */
  requests: ReceivedRequest[];
}

/** Starts an HTTP server that answers by `answer`. */
export function serveUpstream(
  answer: (request: ReceivedRequest) => Response | Promise<Response>,
): Upstream {
  const requests: ReceivedRequest[] = [];
  const options = { hostname: "127.0.0.1", port: 0, onListen() {} };
  const server = Deno.serve(options, async (request) => {
    const { pathname, search } = new URL(request.url);
    const received = {
      method: request.method,
      path: `${pathname}${search}`,
      headers: request.headers,
      body: new Uint8Array(await request.arrayBuffer()),
    };
    requests.push(received);
    return await answer(received);
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    requests,
    async [Symbol.asyncDispose]() {
      await server.shutdown();
    },
  };
}

/** A connection of a TCP upstream that has received one whole request. */
export interface RawExchange {
  /** Number of this request on its connection, counted from 1. */
  number: number;
  /** Sends text as it is. */
  send(text: string): Promise<void>;
  /** Resolves when the client has closed the connection. */
  untilClosed(): Promise<void>;
}

/** A running TCP upstream; `await using` stops it and closes its connections. */
export interface RawUpstream extends AsyncDisposable {
  /** Without a slash at its end. */
  url: string;
  /** Connections accepted. */
  connections: number;
  /** Whole requests received, over all connections. */
  requests: number;
}

/**
 * Starts a TCP server that runs `exchange` for each request. The connection is closed when it gives
 * `"close"`, else it waits for its next request, whatever the request's headers ask for.
 */
export function serveRaw(
  exchange: (exchange: RawExchange) => Promise<"close" | "keep">,
): RawUpstream {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  const running: Promise<void>[] = [];
  const upstream: RawUpstream = {
    url: `http://127.0.0.1:${listener.addr.port}`,
    connections: 0,
    requests: 0,
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const connection of open) closeQuietly(connection);
      await Promise.all(running);
    },
  };
  running.push((async () => {
    for await (const connection of listener) {
      upstream.connections += 1;
      open.add(connection);
      const serving = serveConnection(connection, { upstream, exchange });
      running.push(serving.finally(() => {
        open.delete(connection);
        closeQuietly(connection);
      }));
    }
  })());
  return upstream;
}

async function serveConnection(
  connection: Deno.Conn,
  { upstream, exchange }: {
    upstream: RawUpstream;
    exchange: (exchange: RawExchange) => Promise<"close" | "keep">;
  },
): Promise<void> {
  for (let number = 1; await readRequest(connection); number++) {
    upstream.requests += 1;
    const next = await exchange({
      number,
      async send(text) {
        await connection.write(new TextEncoder().encode(text));
      },
      untilClosed: () => drain(connection),
    });
    if (next === "close") return;
  }
}

/** Reads one request with its body; `false` when the client closed instead. */
async function readRequest(connection: Deno.Conn): Promise<boolean> {
  let received = "";
  const buffer = new Uint8Array(16_384);
  while (!isWhole(received)) {
    const length = await connection.read(buffer).catch(() => null);
    if (length === null) return false;
    received += new TextDecoder("latin1").decode(buffer.subarray(0, length));
  }
  return true;
}

function isWhole(request: string): boolean {
  const headEnd = request.indexOf("\r\n\r\n");
  if (headEnd < 0) return false;
  const length = /\r\ncontent-length: (\d+)/i.exec(request.slice(0, headEnd))?.[1] ?? "0";
  return request.length >= headEnd + 4 + Number(length);
}

async function drain(connection: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(1024);
  while (await connection.read(buffer).catch(() => null) !== null);
}

function closeQuietly(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It was closed already.
  }
}
