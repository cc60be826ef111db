/** The settings of all functions, read by the functions' own schemas. */
import { ConfigError } from "../../../supabase/functions/_shared/config/read_config.ts";
import type { Check } from "../check.ts";
import { type Deployment, isLocal } from "../deployment.ts";
import { type Finding, ok, wrong } from "../finding.ts";

const CURE = "Set it in the functions' env file, then: deno task deploy (or supabase secrets set)";

/** What .env.example holds in place of a secret. */
const PLACEHOLDER =
  /replace-me|^local-worker-secret-change-me$|^super-secret-jwt-token-with-at-least-32-characters-long$/;

/** See the head of this file. */
export const settings: Check = {
  name: "settings",
  needs: ["SUPABASE_URL"],
  cure: CURE,
  async run(deployment) {
    const problems = new Map<string, string>();
    for (const name of deployment.sources.functions) {
      for (const [variable, text] of await findProblems(name, deployment.env)) {
        problems.set(variable, text);
      }
    }
    const findings = [...problems.values()].map((text) => wrong(text, CURE));
    findings.push(...findPlaceholders(deployment));
    if (findings.length > 0) return findings;
    return [ok(`${deployment.sources.functions.join(", ")} have what they need`)];
  },
};

type ReadConfig = (env: Deployment["env"]) => unknown;

async function findProblems(
  name: string,
  env: Deployment["env"],
): Promise<[string, string][]> {
  const url = new URL(`../../../supabase/functions/${name}/config.ts`, import.meta.url);
  const module: Record<string, unknown> = await import(url.href);
  const read = Object.entries(module).find(([key]) => /^read\w+Config$/.test(key))?.[1];
  if (typeof read !== "function") throw new TypeError(`${name}/config.ts exports no read…Config`);
  try {
    (read as ReadConfig)(withPlatformKey(env));
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ name, current, wanted }) => [
      name,
      `${name} is ${current}, wanted ${wanted}`,
    ]);
  }
}

/** The platform gives the functions their secret key; whoever checks need not have it. */
function withPlatformKey(env: Deployment["env"]): Deployment["env"] {
  const names = ["SUPABASE_SECRET_KEYS", "SUPABASE_SECRET_KEY", "SUPABASE_SERVICE_ROLE_KEY"];
  if (names.some(env)) return env;
  return (name) => name === "SUPABASE_SECRET_KEY" ? "sb_secret_given_by_the_platform" : env(name);
}

function findPlaceholders({ env }: Deployment): Finding[] {
  if (isLocal(env("SUPABASE_URL") ?? "")) return [];
  const names = ["TELEGRAM_BOT_TOKEN", "JWT_SECRET", "WORKER_SECRET", "OPENAI_API_KEY"];
  return [...names, "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
    .filter((name) => PLACEHOLDER.test(env(name) ?? ""))
    .map((name) => wrong(`${name} is the example's: everybody knows it`, CURE));
}
