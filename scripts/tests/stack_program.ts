/** `deno task start` as a process, its `.stack/env`, and its end. */
import { assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { claimPort } from "../stack/ports.ts";
import type { Place, Program } from "./program.ts";

/** A stack that is starting, or runs. */
export interface StackProgram {
  readonly port: number;
  readonly program: Program;
  /** Waits until it says that it is ready; gives what its own `.stack/env.<port>` holds. */
  ready(): Promise<Record<string, string>>;
  /** Ends it by a signal, and asserts that no process, port, temporary file or address of it is left. */
  endBy(signal: Deno.Signal): Promise<void>;
}

/** Starts a stack, on a free port unless one is given. */
export function startStackProgram(
  place: Place,
  { port = claimPort(0), args = [] }: { port?: number; args?: string[] } = {},
): StackProgram {
  const program = place.start("start.ts", ["--port", `${port}`, ...args]);
  const path = join(place.stackFolder, `env.${port}`);
  return {
    port,
    program,
    async ready() {
      await program.untilLine(/^ready$/);
      return await readVariables(path) ?? {};
    },
    async endBy(signal) {
      program.kill(signal);
      const { code } = await program.ended();
      if (signal !== "SIGKILL") assertEquals(code, 0, program.lines.join("\n"));
      await place.untilNoTraces();
      assertEquals(claimPort(port), port);
      assertEquals(await readVariables(path), undefined);
      const common = await readVariables(join(place.stackFolder, "env"));
      if (common !== undefined) assertEquals(common.SUPABASE_URL?.endsWith(`:${port}`), false);
    },
  };
}

/** The variables of a dotenv file; `undefined` when there is none. */
export async function readVariables(path: string): Promise<Record<string, string> | undefined> {
  const text = await Deno.readTextFile(path).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  if (text === undefined) return undefined;
  return Object.fromEntries(
    text.trim().split("\n").map((line) => {
      assertMatch(line, /^[A-Z0-9_]+=\S+$/);
      return [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)];
    }),
  );
}
