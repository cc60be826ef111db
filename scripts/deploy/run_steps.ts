/** Runs the steps of a deployment one after another, and stops at the first that fails. */
import type { Step } from "./step.ts";
import { functions } from "./steps/functions.ts";
import { menuButton } from "./steps/menu_button.ts";
import { migrations } from "./steps/migrations.ts";
import { secrets } from "./steps/secrets.ts";
import { vault } from "./steps/vault.ts";
import { webhook } from "./steps/webhook.ts";
import type { Target } from "./target.ts";

/** In their order: a migration works with the functions that run, and functions need their settings. */
export const STEPS: readonly Step[] = [
  migrations,
  secrets,
  functions,
  vault,
  webhook,
  menuButton,
];

/** A step failed; what was before it is done. */
export class StepError extends Error {
  override name = "StepError";
  constructor(readonly step: string, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** How the steps are run. */
export interface RunOptions {
  steps?: readonly Step[];
  /** Only tells what would be done. */
  dryRun: boolean;
  /** Takes each line. */
  print(line: string): void;
}

/**
 * Runs them; gives how many changes were made, or would be.
 *
 * @throws {StepError} Naming the step that failed; the same command goes on there.
 */
export async function runSteps(target: Target, options: RunOptions): Promise<number> {
  const { steps = STEPS, dryRun, print } = options;
  const changed = new Set<string>();
  let count = 0;
  for (const step of steps) {
    try {
      const { changes, apply } = await step.plan(target, changed);
      if (changes.length === 0) {
        print(`${step.name}: nothing to do`);
        continue;
      }
      for (const change of changes) print(`${step.name}: ${dryRun ? "would " : ""}${change}`);
      if (!dryRun) await apply();
      changed.add(step.name);
      count += changes.length;
    } catch (error) {
      throw new StepError(step.name, error);
    }
  }
  return count;
}
