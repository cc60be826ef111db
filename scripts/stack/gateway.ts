/**
 * The one address of a stack: routes requests to the Data API, Realtime and the functions, as the
 * gateway of a Supabase project does.
 *
 * Left out: Supabase Auth, Storage and GraphQL, TLS, the platform's own rate limits, and `verify_jwt`
 * (off for every function of this project).
 */
import { portTaken } from "./ports.ts";

/** What the gateway stands in front of. */
export interface GatewayOptions {
  port: number;
  dataApi: { fetch(request: Request): Promise<Response> };
  realtime: { handle(request: Request): Response | Promise<Response> };
  functions: {
    readonly names: readonly string[];
    fetch(name: string, request: Request): Promise<Response>;
  };
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

/** What a browser may read and send across origins, below `/rest/v1`. */
const CORS = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers":
    "Content-Encoding, Content-Location, Content-Range, Content-Type, Date, Location, Server, Transfer-Encoding, Range-Unit",
};

/**
 * Starts to listen on loopback.
 *
 * @throws {Error} When the port is taken, saying how to choose another.
 */
export function startGateway(options: GatewayOptions): Gateway {
  const { port } = options;
  try {
    const listen = { hostname: "127.0.0.1", port, onListen: () => {} };
    const server = Deno.serve(listen, (request, info) => route(request, info, options));
    return {
      url: `http://127.0.0.1:${port}`,
      async close() {
        // A watcher's request must not hold up the end.
        const timer = setTimeout(() => void abort(server), 2_000);
        await server.shutdown();
        clearTimeout(timer);
      },
    };
  } catch (cause) {
    if (cause instanceof Deno.errors.AddrInUse) throw portTaken(port, cause);
    throw cause;
  }
}

async function abort(server: Deno.HttpServer): Promise<void> {
  await (server as unknown as AsyncDisposable)[Symbol.asyncDispose]?.();
}

async function route(
  request: Request,
  info: Deno.ServeHandlerInfo<Deno.NetAddr>,
  options: GatewayOptions,
): Promise<Response> {
  const { pathname } = new URL(request.url);
  const [, service, version, name = ""] = pathname.split("/");
  if (version === "v1") {
    if (service === "functions" && options.functions.names.includes(name)) {
      return await options.functions.fetch(name, forFunction(request, info));
    }
    if (service === "rest") return await answerRest(request, options);
    if (service === "realtime") return await options.realtime.handle(request);
    if (service === "auth" && name === "health") {
      return Response.json({ name: "gateway", description: "Users log in by the function auth" });
    }
  }
  const page = await options.page?.(request);
  return page ?? Response.json({ message: "no Route matched with those values" }, { status: 404 });
}

async function answerRest(request: Request, { dataApi }: GatewayOptions): Promise<Response> {
  if (request.method === "OPTIONS") {
    return new Response(null, {
      headers: {
        ...CORS,
        "access-control-allow-methods": "GET,POST,PATCH,PUT,DELETE,OPTIONS,HEAD",
        "access-control-allow-headers": request.headers.get("access-control-request-headers") ??
          "*",
        "access-control-max-age": "3600",
      },
    });
  }
  const answer = await dataApi.fetch(request);
  for (const [header, value] of Object.entries(CORS)) answer.headers.set(header, value);
  return answer;
}

/** Headers of one connection only (RFC 9110 section 7.6.1). */
const HOP_BY_HOP = ["connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"];

// A function sees the path from its own name on, and who is asking.
function forFunction(request: Request, info: Deno.ServeHandlerInfo<Deno.NetAddr>): Request {
  const url = new URL(request.url);
  const headers = new Headers(request.headers);
  for (const header of HOP_BY_HOP) headers.delete(header);
  const earlier = headers.get("x-forwarded-for");
  const address = info.remoteAddr.hostname;
  headers.set("x-forwarded-for", earlier === null ? address : `${earlier}, ${address}`);
  headers.set("x-forwarded-host", url.host);
  url.pathname = url.pathname.slice("/functions/v1".length);
  return new Request(url, {
    method: request.method,
    headers,
    body: request.body,
  });
}
