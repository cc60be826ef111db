/** A check: one question to a deployment. */
import type { Deployment } from "./deployment.ts";
import type { Finding } from "./finding.ts";

/** One question, by its name. */
export interface Check {
  name: string;
  /** Settings without which it cannot be asked. */
  needs: readonly string[];
  /** Gives what it found, at least one line. What it throws counts as wrong. */
  run(deployment: Deployment): Promise<Finding[]>;
  /** What to do when it throws. */
  cure: string;
}
