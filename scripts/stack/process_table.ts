/** What /proc tells of a process of this machine; nothing where there is no /proc. */

/** A process. */
export interface ProcessEntry {
  pid: number;
  /** Process number of the parent. */
  parent: number;
  /** When it started, in clock ticks since boot: tells two processes of one number apart. */
  started: string;
  /** The command line; a program may have replaced it by a title in one piece. */
  command: string[];
}

/** Reads a process; `undefined` when it is gone, waits to be reaped, or cannot be read. */
export function readProcess(pid: number): ProcessEntry | undefined {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    // The name, in parentheses, may itself hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z" || fields[0] === "X") return undefined;
    const command = Deno.readTextFileSync(`/proc/${pid}/cmdline`).split("\0");
    return { pid, parent: Number(fields[1]), started: fields[19] ?? "", command };
  } catch {
    return undefined;
  }
}
