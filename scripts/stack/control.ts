/**
 * The control door of the embedded stack: an HTTP server on loopback that makes its parts slow, lossy or
 * broken, and shows what they received. No part of a hosted project; nothing under supabase/functions knows it.
 *
 * A settable thing answers GET with its value and PUT with the value it now has. A wrong body is 400 and
 * changes nothing; an unknown address is 404 and lists the doors.
 */
import { type Door, NoSuchPartError, openDoors } from "./control/doors.ts";
import type { ControlledParts } from "./control/parts.ts";

export type { ControlledParts } from "./control/parts.ts";

/** A running control door. */
export interface Control {
  /** `STACK_CONTROL_URL`: origin, without a trailing slash. */
  url: string;
  close(): Promise<void>;
}

/** Opens the door on a free port of 127.0.0.1. */
export function startControl(parts: ControlledParts): Promise<Control> {
  const doors = openDoors(parts);
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => answer(request, doors),
  );
  return Promise.resolve({
    url: `http://127.0.0.1:${server.addr.port}`,
    close: () => server.shutdown(),
  });
}

async function answer(request: Request, doors: Map<string, Door>): Promise<Response> {
  try {
    if (!isLocal(request)) return refuse(403, "The control door takes requests of this machine");
    const path = new URL(request.url).pathname.replace(/(?<=.)\/+$/, "");
    const door = doors.get(path);
    if (door === undefined) {
      return refuse(404, `There is no "${path}": see "doors"`, { doors: listDoors(doors) });
    }
    const body = await readBody(request);
    return await use(door, request.method, body) ??
      refuse(405, `"${path}" takes ${methodsOf(door).join(", ")}: got ${request.method}`);
  } catch (error) {
    if (error instanceof TypeError) return refuse(400, error.message);
    if (error instanceof NoSuchPartError) return refuse(404, error.message);
    return refuse(500, error instanceof Error ? error.message : String(error));
  }
}

/** False for a page of another site, whose browser could reach this machine too. */
function isLocal(request: Request): boolean {
  const hosts = ["127.0.0.1", "localhost"];
  const origin = request.headers.get("origin");
  return hosts.includes(new URL(request.url).hostname) &&
    (origin === null || (URL.canParse(origin) && hosts.includes(new URL(origin).hostname)));
}

async function readBody(request: Request): Promise<unknown> {
  const text = await request.text();
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TypeError(`The body must be JSON: got ${JSON.stringify(text.slice(0, 200))}`, {
      cause,
    });
  }
}

/** Null when the door does not take `method`. */
async function use(door: Door, method: string, body: unknown): Promise<Response | null> {
  switch (method) {
    case "GET":
      return door.get === undefined ? null : Response.json(door.get());
    case "PUT":
      if (door.put === undefined) return null;
      await door.put(body);
      return Response.json(door.get?.() ?? null);
    case "POST":
      return door.post === undefined ? null : Response.json(await door.post(body));
    case "DELETE":
      if (door.delete === undefined) return null;
      door.delete();
      return new Response(null, { status: 204 });
    default:
      return null;
  }
}

function methodsOf(door: Door): string[] {
  return Object.keys(door).map((method) => method.toUpperCase());
}

function listDoors(doors: Map<string, Door>): string[] {
  return [...doors].flatMap(([path, door]) => methodsOf(door).map((method) => `${method} ${path}`));
}

function refuse(status: number, message: string, more: Record<string, unknown> = {}): Response {
  return Response.json({ message, ...more }, { status });
}
