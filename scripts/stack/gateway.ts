/**
 * The one address of a stack: routes requests to the Data API, Realtime and the functions, as the
 * gateway of a Supabase project does.
 *
 * Left out: Supabase Auth (but for its public keys and its health), Storage and GraphQL, TLS, the platform's own rate
 * limits, and `verify_jwt` (off for every function of this project).
 */
import type { JSONWebKeySet } from "jose";
import { portTaken } from "./ports.ts";

/** What the gateway stands in front of. */
export interface GatewayOptions {
  /** 0: any free one. */
  port: number;
  dataApi: { fetch(request: Request): Promise<Response> };
  realtime: { handle(request: Request): Response | Promise<Response> };
  functions: {
    readonly names: readonly string[];
    fetch(name: string, request: Request, clientAddress: string): Promise<Response>;
  };
  /** Public keys of asymmetric session tokens, shown at `/auth/v1/.well-known/jwks.json`. @default none */
  jwks?: JSONWebKeySet;
  /** Answers other paths; `undefined`: nothing is there. */
  page?: (
    request: Request,
  ) => Response | undefined | Promise<Response | undefined>;
}

/** A listening gateway. */
export interface Gateway {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts to listen on loopback.
 *
 * @throws {Error} When the port is taken, saying how to choose another.
 */
export function startGateway(options: GatewayOptions): Gateway {
  const aborter = new AbortController();
  const open = new Set<Promise<void>>();
  let isClosing = false;

  async function answer(request: Request, info: Deno.ServeHandlerInfo<Deno.NetAddr>) {
    if (isClosing) return Response.json({ message: "The stack is stopping" }, { status: 503 });
    // Realtime's sockets stay open; its clients come back by themselves.
    if (!isUpgrade(request)) {
      const sent = info.completed.catch(() => undefined).finally(() => open.delete(sent));
      open.add(sent);
    }
    return await route(request, info.remoteAddr.hostname, options);
  }

  const server = listen({ port: options.port, signal: aborter.signal }, answer);
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    async close() {
      isClosing = true;
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, CLOSE_TIMEOUT_MS);
      await Promise.race([Promise.all(open), late.promise]);
      clearTimeout(timer);
      // Not shutdown(): it waits for as long as an answer streams.
      aborter.abort();
      await server.finished;
    },
  };
}

function isUpgrade(request: Request): boolean {
  return request.headers.get("upgrade") !== null;
}

/** How long open requests may go on when the gateway closes, in milliseconds. */
const CLOSE_TIMEOUT_MS = 2_000;

function listen(
  { port, signal }: { port: number; signal: AbortSignal },
  answer: Deno.ServeHandler<Deno.NetAddr>,
): Deno.HttpServer<Deno.NetAddr> {
  const address = { hostname: "127.0.0.1", port };
  try {
    return Deno.serve({ ...address, signal, onListen: () => {}, onError: refuseBroken }, answer);
  } catch (cause) {
    if (cause instanceof Deno.errors.AddrInUse) throw portTaken(port, cause);
    throw cause;
  }
}

async function route(
  request: Request,
  clientAddress: string,
  options: GatewayOptions,
): Promise<Response> {
  const { pathname } = new URL(request.url);
  const [, service, version, name = ""] = pathname.split("/");
  if (version === "v1") {
    if (service === "functions") return await answerFunction(name, request, clientAddress, options);
    if (service === "rest") return await crossOrigin(request, (it) => options.dataApi.fetch(it));
    if (service === "realtime") return await options.realtime.handle(request);
    if (service === "auth") return await crossOrigin(request, () => answerAuth(pathname, options));
  }
  return await options.page?.(request) ?? noRoute();
}

/** Functions answer preflights themselves and need no API key. */
async function answerFunction(
  name: string,
  request: Request,
  clientAddress: string,
  { functions }: GatewayOptions,
): Promise<Response> {
  if (functions.names.includes(name)) return await functions.fetch(name, request, clientAddress);
  const message = "Requested function was not found";
  return Response.json({ code: "NOT_FOUND", message }, { status: 404 });
}

function answerAuth(pathname: string, { jwks = { keys: [] } }: GatewayOptions): Response {
  if (pathname === "/auth/v1/.well-known/jwks.json") return Response.json(jwks);
  if (pathname === "/auth/v1/health") {
    return Response.json({ name: "gateway", description: "Users log in by the function auth" });
  }
  return noRoute();
}

/** What a browser may read of an answer from another origin. */
const CORS = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers":
    "Content-Encoding, Content-Location, Content-Range, Content-Type, Date, Location, Server, Transfer-Encoding, Range-Unit",
};

/** Answers preflights, and lets any origin read the answer: the key, not the origin, decides what one may do. */
async function crossOrigin(
  request: Request,
  handle: (request: Request) => Response | Promise<Response>,
): Promise<Response> {
  if (request.method === "OPTIONS") return preflight(request);
  const answer = await handle(request);
  for (const [header, value] of Object.entries(CORS)) answer.headers.set(header, value);
  return answer;
}

function preflight(request: Request): Response {
  const headers = {
    ...CORS,
    "access-control-allow-methods": "GET,HEAD,POST,PUT,PATCH,DELETE,OPTIONS",
    "access-control-allow-headers": request.headers.get("access-control-request-headers") ?? "*",
    "access-control-max-age": "3600",
  };
  return new Response(null, { headers });
}

function noRoute(): Response {
  return Response.json({ message: "no Route matched with those values" }, { status: 404 });
}

/** A part of the stack threw: a fault of this program, which its log tells. */
function refuseBroken(error: unknown): Response {
  // deno-lint-ignore no-console -- the log of the stack itself
  console.error("The gateway cannot answer:", error);
  return Response.json({ message: "An unexpected error occurred" }, { status: 500 });
}
