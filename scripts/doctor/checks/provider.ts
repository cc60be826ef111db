/** The image provider: the key is good, it has the models, and none of them ends soon. */
import { openAiSettings } from "../../../supabase/functions/_shared/config/openai.ts";
import { readConfig } from "../../../supabase/functions/_shared/config/read_config.ts";
import { listModels } from "../../../supabase/functions/_shared/openai/list_models.ts";
import type { Check } from "../check.ts";
import { type Finding, ok, warning, wrong } from "../finding.ts";

const WARN_DAYS = 60;
const DAY_MS = 86_400_000;
const CURE =
  "supabase secrets set OPENAI_IMAGE_MODELS=first,second with models of the account, the preferred one first";

/** See the head of this file. */
export const provider: Check = {
  name: "provider",
  needs: ["OPENAI_API_KEY"],
  cure:
    "OPENAI_API_KEY must be a key of a project with access to images, in an organization that is verified; then supabase secrets set",
  async run({ env, fetch, now }) {
    const { openai } = readConfig(env, { openai: openAiSettings });
    const listed = await listModels({ ...openai, fetch });
    const judged = openai.models.map((model) =>
      judge(model, { listed, today: Math.floor(now() / DAY_MS) * DAY_MS })
    );
    const problems = judged.filter(({ level }) => level !== "ok");
    if (problems.length === openai.models.length && problems.every((it) => it.level === "wrong")) {
      return [wrong(`None of OPENAI_IMAGE_MODELS can be used: ${openai.models.join(", ")}`, CURE)];
    }
    return problems.length > 0
      ? problems
      : [ok(`the key is good, ${openai.models.join(", ")} last`)];
  },
};

function judge(
  model: string,
  { listed, today }: { listed: ReadonlyMap<string, string | null>; today: number },
): Finding {
  const end = listed.get(model);
  if (end === undefined) return wrong(`The provider does not have the model ${model}`, CURE);
  if (end === null) return ok(model);
  const days = Math.round((Date.parse(end) - today) / DAY_MS);
  if (days < 0) return wrong(`The model ${model} ended on ${end}`, CURE);
  if (days <= WARN_DAYS) return warning(`The model ${model} ends on ${end}, in ${days} days`, CURE);
  return ok(model);
}
