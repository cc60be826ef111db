/** What the platform's database linter says of our objects. */
import { findAdvice } from "../../check_advisors.ts";
import type { Check } from "../check.ts";
import { cliEnvironment } from "../deployment.ts";
import { ok, warning } from "../finding.ts";

/** See the head of this file. */
export const advisors: Check = {
  name: "advisors",
  needs: ["DATABASE_URL"],
  cure: "supabase db advisors --linked says why it cannot run",
  async run({ env }) {
    const url = env("DATABASE_URL") ?? "";
    const advice = await findAdvice(url, { env: cliEnvironment(url) });
    if (advice.length === 0) return [ok("the advisors have nothing to say")];
    return advice.map(({ name, level, detail, remediation }) =>
      warning(`${level} ${name}: ${detail}`, remediation)
    );
  },
};
