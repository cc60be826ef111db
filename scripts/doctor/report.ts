/** Writes what the checks found: a line each, the cure below it. */
import type { CheckResult } from "./run_checks.ts";

const MARKS = { ok: "ok", warning: "warning", wrong: "WRONG", skipped: "skipped" } as const;

/** The lines, and a sum at the end. */
export function formatReport(results: readonly CheckResult[]): string {
  const width = Math.max(...results.map(({ check }) => check.length));
  const lines = results.flatMap(({ check, findings }) =>
    findings.flatMap(({ level, text, cure }) => [
      `${MARKS[level].padEnd(8)} ${check.padEnd(width)}  ${text}`,
      ...(cure === undefined ? [] : [`${" ".repeat(9 + width)}  → ${cure}`]),
    ])
  );
  const all = results.flatMap(({ findings }) => findings);
  const count = (wanted: string) => all.filter(({ level }) => level === wanted).length;
  const sum = `${count("ok")} right, ${count("warning")} to look at, ${count("wrong")} wrong, ` +
    `${count("skipped")} not checked`;
  return `${lines.join("\n")}\n\n${sum}\n`;
}
