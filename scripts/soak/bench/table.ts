/** The results as a table for the terminal. */
import { type Figure, isFulfilled, type ScenarioResult, type Wish } from "./scenario.ts";

const COLUMNS = ["scenario", "figure", "value", "wanted", "verdict"];

/** Renders results, one line a figure, ended by a newline. */
export function renderTable(results: readonly ScenarioResult[]): string {
  const rows = results.flatMap((result) => [
    ...result.figures.map((figure, index) => [
      index === 0 ? result.name : "",
      figure.name,
      `${renderNumber(figure.value)}${figure.unit && ` ${figure.unit}`}`,
      renderWish(figure.wanted),
      verdictOf(figure),
    ]),
    ...(result.error === undefined ? [] : [[result.name, result.error, "", "", "BROKEN"]]),
  ]);
  const widths = COLUMNS.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0))
  );
  const line = (cells: readonly string[]) =>
    cells.map((cell, column) =>
      column === 2 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)
    ).join("  ").trimEnd();
  const rule = widths.map((width) => "─".repeat(width)).join("  ");
  return [line(COLUMNS), rule, ...rows.map(line)].join("\n") + "\n";
}

/** "ok", "short" (a machine's figure below its wish), "BROKEN" (an invariant), or nothing. */
export function verdictOf(figure: Figure): string {
  const fulfilled = isFulfilled(figure);
  if (fulfilled === undefined) return "";
  if (fulfilled) return "ok";
  return figure.isInvariant ? "BROKEN" : "short";
}

function renderWish(wanted: Wish | undefined): string {
  if (wanted === undefined) return "";
  if ("atLeast" in wanted) return `>= ${renderNumber(wanted.atLeast)}`;
  if ("atMost" in wanted) return `<= ${renderNumber(wanted.atMost)}`;
  return renderNumber(wanted.exactly);
}

function renderNumber(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);
}
