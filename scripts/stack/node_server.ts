/**
 * The HTTP server of stand-ins that must also fail as networks do: drop a socket without an answer,
 * break an answer off, never answer, refuse connections. On node:http, as `Deno.serve` can do none of these.
 */
import { Buffer } from "node:buffer";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** One request and its answer. */
export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  /** Aborts when the client left before it had the whole answer, and when the server closes. */
  gone: AbortSignal;
}

/** A listening server. */
export interface NodeServer {
  /** Origin, without a trailing slash. */
  url: string;
  /** While true, open sockets are destroyed and new ones are as soon as they are accepted. */
  refuse(refusing: boolean): void;
  /** Ends every exchange and frees the port; resolves when no handler is left running. */
  close(): Promise<void>;
}

/** A body over the limit given to {@linkcode readBody}. */
export class BodyTooLargeError extends Error {
  override name = "BodyTooLargeError";
}

/**
 * Longer than any client of the stack keeps a socket idle: a server that closes first makes the
 * client repeat a request, which must happen only when a fault asks for it.
 */
const KEEP_ALIVE_MS = 10 * 60_000;

/**
 * Serves `handle` on `hostname` and `port` (0: any free one).
 *
 * A handler reads the whole body before it answers: an answer to an unread body stalls the client's
 * next request on that socket. A handler that throws is answered with 500, and the reason is on stderr.
 */
export async function startNodeServer(
  handle: (exchange: Exchange) => Promise<void>,
  { hostname = "127.0.0.1", port = 0 }: { hostname?: string; port?: number } = {},
): Promise<NodeServer> {
  const closing = new AbortController();
  const running = new Set<Promise<void>>();
  const sockets = new Set<Socket>();
  let refusing = false;

  const server = createServer((request, response) => {
    const left = new AbortController();
    response.once("close", () => {
      if (!response.writableFinished) left.abort();
    });
    const gone = AbortSignal.any([left.signal, closing.signal]);
    const run = handle({ request, response, gone })
      .catch((cause) => fail(response, gone, cause))
      .finally(() => running.delete(run));
    running.add(run);
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.requestTimeout = 0;
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    if (refusing) socket.destroy();
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, hostname, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") {
    throw new TypeError(`Cannot serve on "${hostname}": the server has no port`);
  }

  return {
    url: `http://${hostname}:${address.port}`,
    refuse(value) {
      refusing = value;
      if (refusing) { for (const socket of sockets) socket.destroy(); }
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      closing.abort();
      server.closeAllConnections();
      await closed;
      await Promise.allSettled(running);
    },
  };
}

function fail(response: ServerResponse, gone: AbortSignal, cause: unknown): void {
  // A client may be known to have left by its body before its answer's socket is closed.
  if (gone.aborted || (cause instanceof DOMException && cause.name === "AbortError")) return;
  const reason = cause instanceof Error ? cause.stack ?? cause.message : String(cause);
  Deno.stderr.writeSync(new TextEncoder().encode(`Cannot answer a request: ${reason}\n`));
  if (response.headersSent) {
    response.destroy();
  } else {
    response.writeHead(500, { "connection": "close" });
    response.end();
  }
}

/**
 * Reads the whole body.
 *
 * @throws {BodyTooLargeError} For a body over `maxBytes`. The rest stays unread: answer, then close the socket.
 * @throws {DOMException} `AbortError`, when the client leaves before its body is complete.
 */
export function readBody({ request, gone }: Exchange, maxBytes: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let length = 0;
    const abort = () => reject(gone.reason);
    if (gone.aborted) return abort();
    gone.addEventListener("abort", abort, { once: true });
    request.on("data", (chunk: Uint8Array) => {
      length += chunk.length;
      if (length <= maxBytes) chunks.push(chunk);
      else {
        request.pause();
        reject(new BodyTooLargeError(`Cannot read the body: it is over ${maxBytes} bytes`));
      }
    });
    request.once("error", () => reject(new DOMException("The client left", "AbortError")));
    request.once("end", () => {
      gone.removeEventListener("abort", abort);
      resolve(new Uint8Array(Buffer.concat(chunks)));
    });
  });
}

/** Sends a whole answer. Resolves when it is handed over, or the client has left: `gone` tells which. */
export async function send(
  { response, gone }: Exchange,
  { status, headers = {}, body }: {
    status: number;
    headers?: Record<string, string>;
    body?: string | Uint8Array;
  },
): Promise<void> {
  if (gone.aborted) return;
  const closed = new Promise<void>((resolve) => response.once("close", () => resolve()));
  const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
  response.writeHead(status, { ...length, ...headers });
  response.end(body);
  await closed;
}

/** Writes a piece of an answer. Resolves when the client may be sent more, or has left. */
export async function write(
  { response, gone }: Exchange,
  piece: string | Uint8Array,
): Promise<void> {
  if (gone.aborted || response.write(piece)) return;
  await new Promise<void>((resolve) => {
    const finish = () => {
      response.off("drain", finish).off("close", finish);
      resolve();
    };
    response.once("drain", finish).once("close", finish);
  });
}

/** Closes the socket without a further byte. */
export function drop({ request }: Exchange): void {
  request.socket.destroy();
}

/** Resolves after `ms`, or at once when one of `signals` aborts. */
export function pause(ms: number, signals: AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    const signal = AbortSignal.any(signals);
    if (signal.aborted) return resolve();
    const finish = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", finish);
      resolve();
    };
    const timer = Number.isFinite(ms) ? setTimeout(finish, ms) : undefined;
    signal.addEventListener("abort", finish, { once: true });
  });
}
