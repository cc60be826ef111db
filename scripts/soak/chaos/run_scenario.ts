/** Runs one scenario and judges it. */
import type { Arena } from "./arena.ts";
import { createRandom } from "../random.ts";
import { type Context, judgeOptionsOf, type Scale, type Scenario } from "./scenario.ts";
import { judge, type Verdict } from "./verdict.ts";

/** What a scenario came to, and how long it took. */
export interface Outcome extends Verdict {
  name: string;
  seconds: number;
  notes: string[];
}

/** Runs `scenario` on a healed arena. */
export async function runScenario(
  arena: Arena,
  scenario: Scenario,
  options: { seed: number; scale: Scale; progress: (text: string) => void },
): Promise<Outcome> {
  const startedAt = performance.now();
  await arena.forget();
  if (scenario.settings !== undefined) await arena.configure(scenario.settings);
  const [violations, notes]: [string[], string[]] = [[], []];
  const { seed, scale, progress } = options;
  const context: Context = {
    arena,
    random: createRandom(seed),
    scale,
    progress,
    violations,
    notes,
  };
  await scenario.run(context);
  progress("judging");
  const verdict = await judge(arena, judgeOptionsOf(scenario));
  return {
    ...verdict,
    violations: [...violations, ...verdict.violations],
    name: scenario.name,
    notes,
    seconds: (performance.now() - startedAt) / 1000,
  };
}
