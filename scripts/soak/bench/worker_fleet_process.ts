/**
 * Several instances of the worker behind one address, in a process of their own, as the hosted platform
 * runs them; the stack has one. Is told what to start as one line of JSON, tells its address as another,
 * and ends in order when its standard input does.
 */
import { type Functions, startFunctions } from "../../stack/functions.ts";
import { TextLineStream } from "../../stack/text_lines.ts";
import type { FleetOptions, FleetReport } from "./worker_fleet.ts";

const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream())
  .pipeThrough(new TextLineStream()).getReader();
const { value: told } = await lines.read();
if (told === undefined) {
  throw new TypeError("A line of JSON is wanted: variables, instances, capacity");
}
const { variables, instances, capacity }: FleetOptions & { variables: Record<string, string> } =
  JSON
    .parse(told);

const env = { ...variables, WORKER_CONCURRENCY: String(capacity) };
const fleet = Array.from({ length: instances }, () => startFunctions({ names: ["worker"], env }));
const rings = fleet.map(() => 0);
let turn = 0;

/** Hands a ring to an instance, by the route its path names. */
async function route(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (pathname === "/report") return Response.json({ rings } satisfies FleetReport);
  const next = pathname === "/random" ? Math.floor(Math.random() * instances) : turn++ % instances;
  rings[next] = (rings[next] ?? 0) + 1;
  const { method, headers, body } = request;
  const ring = new Request("http://fleet/functions/v1/worker", { method, headers, body });
  return await (fleet[next] as Functions).fetch("worker", ring);
}

await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, route);
try {
  await Promise.all(fleet.map((instance) => instance.warm()));
  const url = `http://127.0.0.1:${server.addr.port}`;
  await Deno.stdout.write(new TextEncoder().encode(`${JSON.stringify({ url })}\n`));
  while (!(await lines.read()).done);
} finally {
  await Promise.all(fleet.map((instance) => instance.close()));
}
