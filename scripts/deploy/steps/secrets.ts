/** Sets the functions' settings that are missing or differ: `supabase secrets set`. */
import { findChanged, setSecrets } from "../project_secrets.ts";
import type { Step } from "../step.ts";

/** See the head of this file. */
export const secrets: Step = {
  name: "secrets",
  async plan(target) {
    const changed = await findChanged(target, target.secrets);
    return {
      changes: Object.keys(changed).sort().map((name) => `set secret ${name}`),
      apply: () => setSecrets(target, changed),
    };
  },
};
