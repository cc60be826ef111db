/** Where the settings of a deployment come from: files, the running stack, the environment. */
import { parseEnv } from "node:util";
import { readEnvFile } from "../stack/env_file.ts";

/** Settings by name, and where they are from. */
export interface FoundSettings {
  env: (name: string) => string | undefined;
  source: string;
}

/**
 * Finds them. The environment comes before files. With neither SUPABASE_URL nor a file the stack that
 * runs is meant.
 *
 * @returns `undefined` when there is nothing to check.
 */
export async function findSettings(
  files: readonly string[],
  environment: (name: string) => string | undefined,
): Promise<FoundSettings | undefined> {
  if (files.length === 0 && !environment("SUPABASE_URL")) {
    const stack = await readEnvFile();
    if (stack === undefined) return undefined;
    const env = { ...stack, ...await botOfStack(stack.STACK_CONTROL_URL ?? "") };
    return { env: (name) => env[name], source: `the stack at ${stack.SUPABASE_URL}` };
  }
  const values: Record<string, string> = {};
  for (const file of files) Object.assign(values, parseEnv(await Deno.readTextFile(file)));
  const env = (name: string) => environment(name) || values[name];
  return { env, source: `the project at ${env("SUPABASE_URL") ?? "(SUPABASE_URL is not set)"}` };
}

/**
 * What stands in for Telegram's Bot API, as the stack's control door tells: `.stack/env` names what a
 * deployment would have. Nothing with a real bot.
 */
export async function botOfStack(controlUrl: string): Promise<Record<string, string>> {
  const response = await fetch(`${controlUrl}/bot`);
  const answer = await response.json() as { url?: string };
  return response.ok && answer.url !== undefined ? { TELEGRAM_API_BASE_URL: answer.url } : {};
}
