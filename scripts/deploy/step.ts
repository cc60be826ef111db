/** A step of a deployment: looks first, then does what is left to do. */
import type { Target } from "./target.ts";

/** What a step would do. */
export interface Plan {
  /** A line each; none when all is as it should be. */
  changes: string[];
  /** Does it. Again is no error. */
  apply(): Promise<void>;
}

/** One step. */
export interface Step {
  name: string;
  /** Looks, and changes nothing. `before`: the names of the steps that change something before it. */
  plan(target: Target, before: ReadonlySet<string>): Promise<Plan>;
}

/** A plan of nothing. */
export const NOTHING: Plan = { changes: [], apply: () => Promise.resolve() };
