/** Deploys the functions where their sources differ from what was deployed: `supabase functions deploy`. */
import { findChanged, setSecrets } from "../project_secrets.ts";
import { hashFunctionSources } from "../source_hash.ts";
import type { Step } from "../step.ts";
import type { Target } from "../target.ts";

/** Beside the functions' settings, so that it is the project that remembers. */
const RECORD = "FUNCTIONS_SHA256";

/** See the head of this file. */
export const functions: Step = {
  name: "functions",
  async plan(target) {
    const { functions: names } = target.sources;
    const record = { [RECORD]: await hashFunctionSources() };
    const deployed = await listDeployed(target);
    const isSame = Object.keys(await findChanged(target, record)).length === 0;
    const wanted = isSame ? names.filter((name) => !deployed.has(name)) : names;
    return {
      changes: wanted.map((name) => `deploy function ${name}`),
      async apply() {
        const remote = `--remote=${target.projectRef}`;
        await target.cli(["functions", "deploy", ...wanted, "--use-api", remote]);
        // Last: a deployment that failed half-way is done again.
        await setSecrets(target, record);
      },
    };
  },
};

async function listDeployed({ cli, projectRef }: Target): Promise<Set<string>> {
  const text = await cli(["functions", "list", `--remote=${projectRef}`, "--output-format=json"]);
  const { functions } = JSON.parse(text) as { functions?: { slug: string }[] };
  if (!Array.isArray(functions)) throw new TypeError('"supabase functions list" gave no list');
  return new Set(functions.map(({ slug }) => slug));
}
