/**
 * Ends our child processes and removes our temporary files when we end without doing so ourselves:
 * after a crash, a SIGKILL, a closed terminal.
 *
 * The work is done by a small shell process (`reaper.sh`) that waits for a pipe from us to close.
 */
import { join } from "@std/path";
import { readProcess } from "./process_table.ts";

/** What is to be cleaned up; everything here takes effect at once. */
export interface Reaper {
  /** Process number of the shell. */
  readonly pid: number;
  /** A process to end. The same name again replaces its process. */
  track(name: string, pid: number): void;
  /** That process has ended, or is no longer ours. */
  untrack(name: string): void;
  /** A file or folder to remove once the processes are gone; an absolute path. */
  removeOnExit(path: string): void;
  /**
   * A file to remove if it then still equals `original`, which is removed too; absolute paths. Where
   * there is another original, `<path>.<number>`, it becomes a copy of that one instead.
   */
  removeCopyOnExit(path: string, original: string): void;
  /** Nothing is left to clean up: ends the shell without doing anything. Again is no error. */
  close(): Promise<void>;
}

/**
 * Starts a reaper that keeps its notes in `directory`, a folder of its own: made here, and removed at
 * the end.
 *
 * @throws {Error} When the folder cannot be made or holds another reaper's notes.
 */
export async function startReaper(directory: string): Promise<Reaper> {
  await Deno.mkdir(directory, { recursive: true });
  await Deno.mkdir(join(directory, "pids"));
  const shell = new Deno.Command("sh", {
    args: [join(import.meta.dirname ?? ".", "reaper.sh"), await Deno.realPath(directory)],
    // Not in a folder that somebody may want to remove or unmount.
    cwd: "/",
    stdin: "piped",
    stdout: "null",
    stderr: "null",
    // Out of reach of the terminal's signals.
    detached: true,
  }).spawn();
  shell.unref();
  return takeNotes(directory, shell);
}

/** Notes are written synchronously: a crash right after the call must find them. */
function takeNotes(directory: string, shell: Deno.ChildProcess): Reaper {
  let closing: Promise<void> | undefined;
  return {
    pid: shell.pid,
    track(name, pid) {
      const started = readProcess(pid)?.started ?? "";
      Deno.writeTextFileSync(noteOf(directory, name), `${pid} ${started}\n`);
    },
    untrack(name) {
      try {
        Deno.removeSync(noteOf(directory, name));
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    },
    removeOnExit: (path) => note(directory, "remove", [path]),
    removeCopyOnExit(path, original) {
      note(directory, "copies", [path, original]);
      note(directory, "remove", [original]);
    },
    close: () => closing ??= dismiss(shell, directory),
  };
}

function note(directory: string, list: "remove" | "copies", paths: string[]): void {
  const wrong = paths.find((path) => !/^\/[^\n]+$/.test(path));
  if (wrong !== undefined) {
    throw new TypeError(`Cannot remove "${wrong}" on exit: an absolute path is wanted`);
  }
  const lines = paths.map((path) => `${path}\n`).join("");
  Deno.writeTextFileSync(join(directory, list), lines, { append: true });
}

async function dismiss(shell: Deno.ChildProcess, directory: string): Promise<void> {
  shell.ref();
  const writer = shell.stdin.getWriter();
  await writer.write(new TextEncoder().encode("close\n"));
  await writer.close();
  await shell.status;
  await Deno.remove(directory, { recursive: true });
}

function noteOf(directory: string, name: string): string {
  if (!/^[\w-]+$/.test(name)) {
    throw new TypeError(`Cannot track "${name}": letters, digits, "_" and "-" are wanted`);
  }
  return join(directory, "pids", name);
}
