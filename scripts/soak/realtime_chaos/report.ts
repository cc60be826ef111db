/** The report: a table of what each torment came to, and the times of the pictures. */
import { median } from "../statistics.ts";
import type { PictureTimes } from "./picture_times.ts";
import type { Outcome } from "./run_torment.ts";

const COLUMNS: readonly (readonly [title: string, value: (outcome: Outcome) => string])[] = [
  ["torment", ({ name }) => name],
  ["generations", ({ sightings }) => String(sightings.length)],
  ["by page", ({ sightings }) => String(sightings.filter(({ by }) => by === "page").length)],
  ["completed", ({ ends }) => String(ends.COMPLETED ?? 0)],
  ["failed", ({ ends }) => String(ends.FAILED ?? 0)],
  ["cancelled", ({ ends }) => String(ends.CANCELLED ?? 0)],
  ["blows", ({ blows }) => String(blows)],
  ["GETs each", ({ sightings }) => describeReads(sightings.map(({ reads }) => reads))],
  ["time", ({ seconds }) => `${seconds.toFixed(0)} s`],
  ["violations", ({ violations }) => String(violations.length)],
];

/** The table, a line a torment. */
export function formatTable(outcomes: readonly Outcome[]): string {
  const rows = [
    COLUMNS.map(([title]) => title),
    ...outcomes.map((outcome) => COLUMNS.map(([, value]) => value(outcome))),
  ];
  const widths = COLUMNS.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0))
  );
  return rows.map((row) =>
    row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)
    ).join("  ").trimEnd()
  ).join("\n") + "\n";
}

/** The times, a line each. */
export function formatTimes({ count, element, loaded }: PictureTimes): string {
  const line = (what: string, { p50, p95 }: PictureTimes["element"]) =>
    `COMPLETED's commit to ${what}: p50 ${p50.toFixed(0)} ms, p95 ${p95.toFixed(0)} ms\n`;
  return `${line("the picture element", element)}${line("the picture loaded", loaded)}` +
    `over ${count} generations, by the page in Chromium\n`;
}

/** What the columns mean. */
export const LEGEND =
  "GETs each: median / most of one generation; those after its end are waited for in healthy alone.\n";

function describeReads(reads: readonly number[]): string {
  return reads.length === 0 ? "" : `${median(reads)} / ${Math.max(...reads)}`;
}
