/** One JSON line an event, redacted by default and bounded in length; the only user of `console`. */
import { redact } from "./redact.ts";
import type { LogLevel, Runtime } from "../platform/runtime.ts";

/** What a line says beside its time, level and event. */
export type LogFields = Record<string, unknown>;

/** Writes events, and never throws. `event` is a snake_case name, such as `request`. */
export interface Logger {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** A logger that adds `fields` to every line. */
  with(fields: LogFields): Logger;
}

const MAX_LINE_LENGTH = 8_000;

/** A logger on the runtime's clock and sink; `fields` are on every line. */
export function createLogger(
  runtime: Pick<Runtime, "now" | "writeLog">,
  fields: LogFields = {},
): Logger {
  const write = (level: LogLevel, event: string, own: LogFields = {}): void => {
    const time = new Date(runtime.now()).toISOString();
    const head = { time, level, event };
    // The head twice: first on the line, and not to be replaced by a field of the same name.
    const line = JSON.stringify({ ...head, ...redact({ ...fields, ...own }), ...head });
    runtime.writeLog(level, line.length <= MAX_LINE_LENGTH ? line : shortLine(line));
  };
  return {
    info: (event, own) => write("info", event, own),
    warn: (event, own) => write("warn", event, own),
    error: (event, own) => write("error", event, own),
    with: (more) => createLogger(runtime, { ...fields, ...more }),
  };
}

/** The sink of the real runtime: the platform collects what is printed. */
export function writeToConsole(level: LogLevel, line: string): void {
  // deno-lint-ignore no-console
  console[level](line);
}

// A line cut anywhere is no JSON, so the cut text becomes a string of a small one.
function shortLine(line: string): string {
  const { time, level, event, request_id } = JSON.parse(line) as Record<string, unknown>;
  return JSON.stringify({
    time,
    level,
    event,
    request_id,
    shortened: line.slice(0, MAX_LINE_LENGTH / 4),
    length: line.length,
  });
}
