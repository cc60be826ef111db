/** Where is deployed to, and with what. */
import type postgres from "postgres";
import type { Sources } from "../doctor/sources.ts";
import { runSupabaseCli } from "../stack/supabase_cli.ts";

/** What the steps work with. */
export interface Target {
  env(name: string): string | undefined;
  /** The reference of the project, such as `abcdefghijklmnopqrst`. */
  projectRef: string;
  /** Settings for the functions, by name. */
  secrets: Readonly<Record<string, string>>;
  /** What the checkout holds. */
  sources: Sources;
  /** The database. */
  sql: postgres.Sql;
  fetch: typeof fetch;
  /**
   * Runs the Supabase CLI; gives what it printed.
   *
   * @throws {Error} With the CLI's own words when it fails.
   */
  cli(args: string[], env?: Readonly<Record<string, string>>): Promise<string>;
}

/** Settings without which nothing can be deployed. */
export const NEEDED = [
  "SUPABASE_URL",
  "SUPABASE_PROJECT_REF",
  "SUPABASE_ACCESS_TOKEN",
  "DATABASE_URL",
] as const;

/** The platform sets these itself and refuses them; the others are for whoever deploys. */
const NOT_FOR_FUNCTIONS = /^(SUPABASE_\w+|DATABASE_URL)$/;

/** The settings of a file that are the functions'. */
export function secretsOf(settings: Readonly<Record<string, string>>): Record<string, string> {
  const own = Object.entries(settings)
    .filter(([name, value]) => !NOT_FOR_FUNCTIONS.test(name) && value !== "");
  return Object.fromEntries(own);
}

/** Runs the CLI as the account of SUPABASE_ACCESS_TOKEN, by the profile of SUPABASE_PROFILE if one is set. */
export function createCli(env: Target["env"]): Target["cli"] {
  const profile = env("SUPABASE_PROFILE");
  return async (args, more = {}) => {
    const flags = profile ? [`--profile=${profile}`] : [];
    const { code, stdout, stderr } = await runSupabaseCli([...args, ...flags], {
      env: { SUPABASE_ACCESS_TOKEN: env("SUPABASE_ACCESS_TOKEN") ?? "", ...more },
    });
    if (code === 0) return stdout;
    const words = [stderr, stdout].map((text) => text.trim()).filter((text) => text !== "");
    const command = args.slice(0, 2).join(" ");
    throw new Error(`"supabase ${command}" failed with exit code ${code}:\n${words.join("\n")}`);
  };
}
