/** `deno task bench [scenario...]`: the benchmarks, each on a fresh stack of its own. */
import { parseArgs } from "@std/cli/parse-args";
import { refuse } from "./command_line.ts";
import { print, startStatusLine } from "./demo/status_line.ts";
import { startBenchStack } from "./soak/bench/bench_stack.ts";
import {
  isFulfilled,
  mustBeZero,
  type Scenario,
  type ScenarioResult,
} from "./soak/bench/scenario.ts";
import { SCENARIOS } from "./soak/bench/scenarios.ts";
import { renderTable } from "./soak/bench/table.ts";

const HELP =
  `Measures the backend on the embedded stack, and says how it compares with what is wanted.

Usage: deno task bench [options] [scenario...]

  --json FILE  write the figures to FILE too
  --quick      tiny numbers, to see that everything runs; the figures mean nothing

Scenarios (default: all):
${SCENARIOS.map(({ name, about }) => `  ${name.padEnd(14)} ${about}`).join("\n")}

Verdicts: "ok"; "short": below what is wanted, on this machine at this load; "BROKEN": what must hold
anywhere does not. Exit code 1 when a scenario is BROKEN or breaks off.
`;

async function main(args: string[]): Promise<boolean> {
  const flags = parseArgs(args, {
    boolean: ["help", "quick"],
    string: ["json"],
    alias: { h: "help" },
    unknown(name: string) {
      return !name.startsWith("-") || refuse(`Unknown option ${name}`, HELP);
    },
  });
  if (flags.help) {
    print(HELP);
    return true;
  }
  const scenarios = choose(flags._.map(String));
  if (flags.json !== undefined) await requireWritable(flags.json);
  const results: ScenarioResult[] = [];
  for (const scenario of scenarios) results.push(await measure(scenario, flags.quick));
  print(`\n${renderTable(results)}`);
  if (flags.json !== undefined) await writeJson(flags.json, results);
  return results.every(({ figures, error }) =>
    error === undefined &&
    figures.every((figure) => !figure.isInvariant || isFulfilled(figure) === true)
  );
}

function choose(names: readonly string[]): readonly Scenario[] {
  const unknown = names.find((name) => !SCENARIOS.some((scenario) => scenario.name === name));
  if (unknown !== undefined) {
    print(`There is no scenario "${unknown}"\n\n${HELP}`);
    Deno.exit(2);
  }
  return names.length === 0 ? SCENARIOS : SCENARIOS.filter(({ name }) => names.includes(name));
}

/** Before minutes of work, and not after them. */
async function requireWritable(path: string): Promise<void> {
  if (path === "") refuse("--json wants a file", HELP);
  try {
    (await Deno.open(path, { write: true, create: true })).close();
  } catch (error) {
    refuse(`Cannot write "${path}": ${error instanceof Error ? error.message : error}`, HELP);
  }
}

async function measure(scenario: Scenario, isQuick: boolean): Promise<ScenarioResult> {
  const startedAt = performance.now();
  const before = Deno.loadavg()[0] ?? NaN;
  const status = startStatusLine();
  const say = limitLines((text) => status.show(`${scenario.name}: ${text}`));
  const result: ScenarioResult = {
    name: scenario.name,
    figures: [],
    seconds: 0,
    loadAverage: { before, after: NaN },
  };
  try {
    say("starting a stack");
    await using stack = await startBenchStack();
    result.figures = await scenario.run({ stack, isQuick, say });
    result.figures.push(mustBeZero("ledger violations", await stack.violations()));
    say("done");
  } catch (error) {
    result.error = error instanceof Error ? error.message : String(error);
    say(`broken off: ${result.error}`);
  } finally {
    status.end();
  }
  result.seconds = (performance.now() - startedAt) / 1000;
  result.loadAverage.after = Deno.loadavg()[0] ?? NaN;
  return result;
}

/** Where there is no terminal every change is a line of its own: one in two seconds is enough. */
function limitLines(say: (text: string) => void): (text: string) => void {
  let saidAt = -Infinity;
  return (text) => {
    if (!Deno.stdout.isTerminal() && performance.now() - saidAt < 2_000) return;
    saidAt = performance.now();
    say(text);
  };
}

async function writeJson(path: string, results: readonly ScenarioResult[]): Promise<void> {
  const report = {
    measured_at: new Date().toISOString(),
    cpus: navigator.hardwareConcurrency,
    deno: Deno.version.deno,
    scenarios: results,
  };
  await Deno.writeTextFile(path, `${JSON.stringify(report, null, 2)}\n`);
}

Deno.exit(await main(Deno.args) ? 0 : 1);
