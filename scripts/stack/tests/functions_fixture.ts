/** Functions made for a test, hosted as the project's are, and a place where they report what they do. */
import { join } from "@std/path";
import { type Functions, startFunctions } from "../functions.ts";

/** Hosted functions; `await using` ends them. */
export interface FunctionsFixture extends AsyncDisposable {
  functions: Functions;
  /** The lines they printed. */
  log: string[];
  /** What they reported by `report(…)`, in order. */
  reports: string[];
  /** Waits until a report comes, or fails after ten seconds. */
  reported(report: string): Promise<void>;
  /** Lets every `await released()` of a function go on. */
  release(): void;
  /** Calls a function. */
  call(path: string, init?: RequestInit): Promise<Response>;
}

/** What every function of a test begins with. */
const PRELUDE = `
  const door = Deno.env.get("TEST_DOOR");
  const report = (text) => fetch(door + "/report", { method: "POST", body: text });
  const released = () => fetch(door + "/released").then((it) => it.text());
`;

/** Hosts the given sources, by name. */
export async function startTestFunctions(
  sources: Record<string, string>,
  env: Record<string, string> = {},
): Promise<FunctionsFixture> {
  const root = await Deno.makeTempDir();
  for (const [name, source] of Object.entries(sources)) {
    await Deno.mkdir(join(root, name));
    await Deno.writeTextFile(join(root, name, "deno.json"), '{"imports": {}, "lock": false}');
    await Deno.writeTextFile(join(root, name, "index.ts"), PRELUDE + source);
  }
  const reports: string[] = [];
  const released = Promise.withResolvers<void>();
  const door = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (it) => {
    if (new URL(it.url).pathname === "/report") reports.push(await it.text());
    else await released.promise;
    return new Response("ok");
  });
  const log: string[] = [];
  const functions = startFunctions({
    names: Object.keys(sources),
    env: { TEST_DOOR: `http://127.0.0.1:${door.addr.port}`, ...env },
    onLog: (line) => log.push(line),
    root,
  });
  return {
    functions,
    log,
    reports,
    reported: (report) => until(`the report "${report}"`, () => reports.includes(report)),
    release: released.resolve,
    call(path, init) {
      const name = path.split(/[/?]/)[0] ?? "";
      const url = `http://stack.test/functions/v1/${path}`;
      return functions.fetch(name, new Request(url, init), "203.0.113.7");
    },
    async [Symbol.asyncDispose]() {
      released.resolve();
      await functions.close();
      await door.shutdown();
      await Deno.remove(root, { recursive: true });
    },
  };
}

/** Waits until a check holds, or fails after ten seconds. */
export async function until(what: string, check: () => boolean): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!check()) {
    if (Date.now() > deadline) throw new Error(`Not within 60 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
