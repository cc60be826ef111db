/** A command of this project as a process of its own, in a place of its own where every trace of it shows. */
import { join } from "@std/path";
import { readProcess } from "../stack/process_table.ts";
import { PROJECT_ROOT } from "../stack/supabase_cli.ts";
import { until } from "../../supabase/functions/tests/until.ts";

/** Processes are found by /proc: without it, nothing can be said about them. */
export const hasProcessTable = readProcess(Deno.pid) !== undefined;

/** Where programs run that must leave nothing behind; `await using` removes it. */
export interface Place extends AsyncDisposable {
  /** In place of `.stack`. */
  stackFolder: string;
  /** Starts a script of this folder's parent, such as `start.ts`. */
  start(script: string, args?: string[], env?: Record<string, string>): Program;
  /** Processes that run here and temporary files that are here, in words. */
  traces(): string[];
  /** Waits until there are none, as long as the reaper may take. */
  untilNoTraces(): Promise<void>;
}

/** A started program. */
export interface Program {
  readonly pid: number;
  /** The lines printed so far, standard error included. */
  readonly lines: string[];
  /** Waits for a line, and gives it. @throws {Error} When the program ends without it. */
  untilLine(pattern: RegExp): Promise<string>;
  kill(signal: Deno.Signal): void;
  /** Waits for the end; gives exit code and signal. */
  ended(): Promise<{ code: number; signal: Deno.Signal | null }>;
}

/** Of the tests' environment a program is given no more, so that no real service is meant. */
const PASSED_ON = ["PATH", "HOME", "DENO_DIR", "XDG_CACHE_HOME"];

/** Makes a place; its `.stack` may be that of another. */
export async function makePlace(shared?: string): Promise<Place> {
  const temporary = await Deno.makeTempDir({ prefix: "pixelpop-place-" });
  // Postgres may run as another user, who must get to its files.
  await Deno.chmod(temporary, 0o755);
  const stackFolder = shared ?? await Deno.makeTempDir({ prefix: "pixelpop-place-stack-" });
  const programs: Program[] = [];

  function traces(): string[] {
    const files = [...Deno.readDirSync(temporary)].map(({ name }) => `file ${name}`);
    return [...findProcesses(temporary), ...files];
  }

  return {
    stackFolder,
    start(script, args = [], env = {}) {
      const program = startProgram(join(PROJECT_ROOT, "scripts", script), args, {
        ...Object.fromEntries(PASSED_ON.flatMap((name) => {
          const value = Deno.env.get(name);
          return value === undefined ? [] : [[name, value]];
        })),
        TMPDIR: temporary,
        PIXELPOP_STACK_FOLDER: stackFolder,
        NO_COLOR: "1",
        ...env,
      });
      programs.push(program);
      return program;
    },
    traces,
    async untilNoTraces() {
      await until("no process and no temporary file is left", () => traces().length === 0)
        .catch((error) => {
          throw new Error(`${error.message}:\n${traces().join("\n")}`);
        });
    },
    async [Symbol.asyncDispose]() {
      for (const program of programs) {
        program.kill("SIGKILL");
        await program.ended();
      }
      await until("every process has ended", () => findProcesses(temporary).length === 0);
      await Deno.remove(temporary, { recursive: true });
      if (shared === undefined) await Deno.remove(stackFolder, { recursive: true });
    },
  };
}

/** Every process that has the folder in its environment or its command line. */
function findProcesses(folder: string): string[] {
  const found: string[] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    const entry = /^\d+$/.test(name) ? readProcess(Number(name)) : undefined;
    if (entry === undefined) continue;
    const command = entry.command.join(" ");
    if (command.includes(folder) || readEnvironment(entry.pid).includes(folder)) {
      found.push(`process ${entry.pid}: ${command}`);
    }
  }
  return found;
}

function readEnvironment(pid: number): string {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/environ`);
  } catch {
    // It has ended, or is somebody else's.
    return "";
  }
}

function startProgram(path: string, args: string[], env: Record<string, string>): Program {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--no-check", path, ...args],
    cwd: PROJECT_ROOT,
    clearEnv: true,
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const lines: string[] = [];
  let isOver = false;
  const read = [child.stdout, child.stderr].map((stream) => collectLines(stream, lines));
  const ended = child.status.then(async (status) => {
    await Promise.all(read);
    isOver = true;
    return { code: status.code, signal: status.signal };
  });
  return {
    pid: child.pid,
    lines,
    async untilLine(pattern) {
      const seen = () => lines.find((line) => pattern.test(line));
      await until(`a line like ${pattern}`, () => isOver || seen() !== undefined, 60);
      const line = seen();
      if (line !== undefined) return line;
      throw new Error(`The program ended without a line like ${pattern}:\n${lines.join("\n")}`);
    },
    kill(signal) {
      if (!isOver) child.kill(signal);
    },
    ended: () => ended,
  };
}

async function collectLines(stream: ReadableStream<Uint8Array>, lines: string[]): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts);
  }
  if (rest !== "") lines.push(rest);
}
