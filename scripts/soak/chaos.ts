/** `deno run -A scripts/soak/chaos.ts`: proves that money and jobs survive, by a saboteur on a whole stack. */
import { parseArgs } from "@std/cli/parse-args";
import { openArena } from "./chaos/arena.ts";
import { formatTable, LEGEND } from "./chaos/report.ts";
import { type Outcome, runScenario } from "./chaos/run_scenario.ts";
import type { Scale, Scenario } from "./chaos/scenario.ts";
import { SCENARIOS } from "./chaos/scenarios.ts";
import { readNumber, refuse } from "../command_line.ts";
import { print, startStatusLine } from "../demo/status_line.ts";

const HELP = `Runs every scenario of failure on a stack of its own, and judges what is left.

Usage: deno run -A scripts/soak/chaos.ts [options]

  --runs N          how often every scenario is run (default 1)
  --seed S          draws the shapes of jobs and the mixed rounds (default: a new one, printed)
  --scenario NAME   only those whose name begins so; again for more
  --jobs N          jobs of a scenario of kills (default 100)
  --kills N         SIGKILLs a step (default 20)
  --mixed N         seconds of a mixed round (default 30)
  --log FILE        writes the functions' logs there

Exits with 1 when anything is violated. Scenarios:

${SCENARIOS.map(({ name, about }) => `  ${name.padEnd(24)}${about}`).join("\n")}
`;

interface Options {
  runs: number;
  seed: number;
  scenarios: Scenario[];
  scale: Scale;
  log: string | undefined;
}

async function main(args: string[]): Promise<boolean> {
  const options = readOptions(args);
  if (options === undefined) return true;
  const { runs, seed, scenarios, scale } = options;
  print(`Seed ${seed}: deno run -A scripts/soak/chaos.ts --runs ${runs} --seed ${seed}\n`);
  using log = options.log === undefined
    ? undefined
    : await Deno.open(options.log, { write: true, create: true, truncate: true });
  const encoder = new TextEncoder();
  await using arena = await openArena((line) => log?.writeSync(encoder.encode(`${line}\n`)));
  const outcomes: Outcome[] = [];
  for (let run = 0; run < runs; run++) {
    for (const scenario of scenarios) {
      const outcome = await runOne(arena, scenario, { seed: seed + run, scale });
      outcomes.push(outcome);
    }
  }
  print(`\n${formatTable(outcomes)}\n${LEGEND}`);
  const violations = outcomes.reduce((sum, outcome) => sum + outcome.violations.length, 0);
  print(`${outcomes.length} scenarios, ${violations} violations, seed ${seed}\n`);
  return violations === 0;
}

async function runOne(
  arena: Awaited<ReturnType<typeof openArena>>,
  scenario: Scenario,
  { seed, scale }: { seed: number; scale: Scale },
): Promise<Outcome> {
  const line = startStatusLine();
  const progress = (text: string) => line.show(`${scenario.name}: ${text}`);
  try {
    progress("begins");
    const outcome = await runScenario(arena, scenario, { seed, scale, progress });
    const { violations, seconds, notes } = outcome;
    const result = violations.length === 0 ? "ok" : `${violations.length} violations`;
    const remarks = notes.length === 0 ? "" : ` (${[...new Set(notes)].join("; ")})`;
    progress(`${result} after ${seconds.toFixed(0)} s${remarks}`);
    line.end();
    for (const violation of violations) print(`  ! ${violation}\n`);
    return outcome;
  } catch (error) {
    line.end();
    throw error;
  }
}

function readOptions(args: string[]): Options | undefined {
  const flags = parseArgs(args, {
    boolean: ["help"],
    string: ["runs", "seed", "scenario", "jobs", "kills", "mixed", "log"],
    collect: ["scenario"],
    alias: { h: "help" },
    unknown: (name: string) => refuse(`Unknown option ${name}`, HELP),
  });
  if (flags.help) {
    print(HELP);
    return undefined;
  }
  const names = flags.scenario as string[];
  const scenarios = SCENARIOS.filter(({ name }) =>
    names.length === 0 || names.some((wanted) => name.startsWith(wanted))
  );
  if (scenarios.length === 0) refuse(`No scenario begins with "${names.join('" or "')}"`, HELP);
  const number = (name: "runs" | "seed" | "jobs" | "kills" | "mixed", preset: number) =>
    readNumber({ name, text: flags[name], preset }, HELP);
  return {
    runs: number("runs", 1),
    seed: number("seed", crypto.getRandomValues(new Uint32Array(1))[0] ?? 1),
    scenarios,
    scale: {
      jobs: number("jobs", 100),
      kills: number("kills", 20),
      mixedSeconds: number("mixed", 30),
    },
    log: flags.log,
  };
}

Deno.exit(await main(Deno.args) ? 0 : 1);
