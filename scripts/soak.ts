/** `deno task soak`: what takes minutes, a line a scenario; each one's output is kept in a file. */
import { parseArgs } from "@std/cli/parse-args";
import { readNumber, refuse } from "./command_line.ts";
import { print, startStatusLine } from "./demo/status_line.ts";

/** What is run as one process. */
export interface SoakScenario {
  name: string;
  about: string;
  /** Arguments of `deno run -A`, and variables. */
  command(seed: number): { args: string[]; env?: Record<string, string> };
}

/** What `deno task soak` runs, in this order. */
export const SCENARIOS: readonly SoakScenario[] = [
  {
    name: "chaos",
    about: "kills, faults and restarts while users submit: every job ends, every credit adds up",
    command: (seed) => ({ args: ["scripts/soak/chaos.ts", "--runs", "1", "--seed", `${seed}`] }),
  },
  {
    name: "realtime_chaos",
    about: "watches by the client and by the page while Realtime fails in every way",
    command: (seed) => ({ args: ["scripts/soak/realtime_chaos.ts", "--seed", `${seed}`] }),
  },
  {
    name: "soak_tests",
    about: "the programs of soak in small, and that their judges condemn what is wrong",
    command: () => ({ args: ["scripts/test.ts", "_soak_test"] }),
  },
  {
    name: "interleavings",
    about: "random sequences of what sessions do at once, every invariant checked",
    command: (seed) => ({
      args: ["scripts/test.ts", "interleavings"],
      env: { INTERLEAVINGS: "2000", INTERLEAVINGS_SEED: `${seed}` },
    }),
  },
  {
    name: "bench_smoke",
    about: "every benchmark with tiny numbers: that it runs, and that nothing is BROKEN",
    command: () => ({ args: ["scripts/bench.ts", "--quick"] }),
  },
  {
    name: "schema_change",
    about: "a column by one edited schema file, db:diff and gen:types",
    command: () => ({ args: ["scripts/soak/schema_change.ts"] }),
  },
  {
    name: "packed_client",
    about: "the npm package in a Vite + React app: installed, type-checked, built, run in Chromium",
    command: () => ({ args: ["scripts/soak/packed_client.ts"] }),
  },
  {
    name: "mutations",
    about: "small faults put into SQL and TypeScript, which the tests must find",
    command: () => ({ args: ["scripts/soak/mutations.ts"] }),
  },
];

const HELP = `Runs what takes minutes, one after another.

Usage: deno task soak [--seed S] [scenario...]

  --seed S     draws what is random (default: a new one, printed)

The output of each scenario is in .stack/soak/<scenario>.log. Exits with 1 when one fails. Scenarios:

${SCENARIOS.map(({ name, about }) => `  ${name.padEnd(16)}${about}`).join("\n")}
`;

const ROOT = new URL("../", import.meta.url);

async function main(args: string[]): Promise<boolean> {
  const flags = parseArgs(args, {
    boolean: ["help"],
    string: ["seed", "_"],
    alias: { h: "help" },
    unknown(name: string) {
      return !name.startsWith("-") || refuse(`Unknown option ${name}`, HELP);
    },
  });
  if (flags.help) {
    print(HELP);
    return true;
  }
  const seed = readNumber({
    name: "seed",
    text: flags.seed,
    preset: Math.floor(Math.random() * 1_000_000),
  }, HELP);
  const chosen = choose(flags._.map(String));
  print(`Seed ${seed}\n`);
  await Deno.mkdir(new URL(".stack/soak/", ROOT), { recursive: true });
  let passed = 0;
  for (const scenario of chosen) if (await runScenario(scenario, seed)) passed++;
  print(`${passed} passed, ${chosen.length - passed} failed\n`);
  return passed === chosen.length;
}

function choose(names: readonly string[]): readonly SoakScenario[] {
  const unknown = names.find((name) => !SCENARIOS.some((each) => each.name === name));
  if (unknown !== undefined) refuse(`Unknown scenario ${unknown}`, HELP);
  return names.length === 0 ? SCENARIOS : SCENARIOS.filter(({ name }) => names.includes(name));
}

async function runScenario(scenario: SoakScenario, seed: number): Promise<boolean> {
  const { name } = scenario;
  const { args, env = {} } = scenario.command(seed);
  const log = `.stack/soak/${name}.log`;
  const started = Date.now();
  const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`;
  const status = startStatusLine();
  status.show(name);
  const { success, code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", ...args],
    cwd: ROOT,
    env,
    stdin: "null",
  }).output();
  status.end();
  await Deno.writeFile(new URL(log, ROOT), stdout);
  await Deno.writeFile(new URL(log, ROOT), stderr, { append: true });
  if (success) print(`ok      ${name.padEnd(16)} ${seconds()}\n`);
  else {
    const variables = Object.entries(env).map(([key, value]) => `${key}=${value} `).join("");
    print(
      `FAILED  ${name.padEnd(16)} ${seconds()}, exit code ${code}: ${log}\n` +
        `        ${variables}deno run -A ${args.join(" ")}\n`,
    );
  }
  return success;
}

if (import.meta.main) Deno.exit(await main(Deno.args) ? 0 : 1);
