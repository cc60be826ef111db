/** The report: a table of what each scenario came to, and every violation. */
import type { Outcome } from "./run_scenario.ts";

const COLUMNS: readonly (readonly [title: string, value: (outcome: Outcome) => string])[] = [
  ["scenario", ({ name }) => name],
  ["jobs", ({ jobs }) => String(jobs)],
  ["done", ({ ends }) => String(ends.COMPLETED ?? 0)],
  ["failed", ({ ends }) => String(ends.FAILED ?? 0)],
  ["cancelled", ({ ends }) => String(ends.CANCELLED ?? 0)],
  ["kills", ({ kills }) => String(kills)],
  ["billed", ({ calls }) => `${calls.billed} (${calls.mostBilledOfOne})`],
  ["in flight", ({ calls }) => String(calls.mostInFlight)],
  ["leases lost", ({ lostLeases }) => String(lostLeases)],
  ["back after lease end", ({ recovery }) => recovery ? seconds(recovery.givenBack) : ""],
  ["claimed after lease end", ({ recovery }) => recovery ? seconds(recovery.claimedAgain) : ""],
  ["time", (outcome) => `${outcome.seconds.toFixed(0)} s`],
  ["violations", ({ violations }) => String(violations.length)],
];

/** The table, a line a scenario. */
export function formatTable(outcomes: readonly Outcome[]): string {
  const rows = [
    COLUMNS.map(([title]) => title),
    ...outcomes.map((outcome) => COLUMNS.map(([, value]) => value(outcome))),
  ];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)
    ).join("  ").trimEnd()
  ).join("\n") + "\n";
}

/** What the columns mean. */
export const LEGEND = `billed: calls OpenAI would bill, in brackets the most of one job.
back, claimed: jobs of killed workers, median / longest time from the end of their lease until the sweep
gave them back, and until a worker had them again. Scenarios sweep twice a second, but kill_cron_alone.
`;

function seconds({ median, longest }: { median: number; longest: number }): string {
  return `${(median / 1000).toFixed(1)} / ${(longest / 1000).toFixed(1)} s`;
}
