/** What a check found: one line, and what mends it. */

/** How bad it is. `skipped`: it could not be looked at for want of a setting. */
export type Level = "ok" | "warning" | "wrong" | "skipped";

/** One line of the report. */
export interface Finding {
  level: Level;
  text: string;
  /** The exact thing to do; absent when all is well. */
  cure?: string;
}

/** All is well. */
export function ok(text: string): Finding {
  return { level: "ok", text };
}

/** It works, and should be looked at. */
export function warning(text: string, cure: string): Finding {
  return { level: "warning", text, cure };
}

/** It does not work. */
export function wrong(text: string, cure: string): Finding {
  return { level: "wrong", text, cure };
}

/** It was not looked at. */
export function skipped(text: string, cure: string): Finding {
  return { level: "skipped", text, cure };
}
