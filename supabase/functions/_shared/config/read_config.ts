/** Reads settings from the environment by their schemas, each once, and reports every wrong one together. */
import * as v from "valibot";

/** One wrong variable: what it is now and what it should be. */
export interface ConfigProblem {
  name: string;
  /** `not set`, `(hidden)` for a secret, else the quoted value. */
  current: string;
  wanted: string;
}

/** The environment does not hold what a function needs. */
export class ConfigError extends Error {
  override name = "ConfigError";
  constructor(readonly problems: readonly ConfigProblem[]) {
    const list = problems.map(({ name, current, wanted }) =>
      `${name} is ${current}, wanted ${wanted}`
    );
    super(`Cannot start with these environment variables: ${list.join("; ")}`);
  }
}

/** An object schema whose entries are environment variables, with what its pipe makes of them. */
export type SettingsSchema = v.GenericSchema & {
  readonly entries: Readonly<Record<string, v.GenericSchema>>;
};

/** A group of settings; a function where it depends on which variables are set what they may be. */
export type Settings = SettingsSchema | ((isSet: (name: string) => boolean) => SettingsSchema);

/** What a group gives. */
export type ConfigOf<Group extends Settings> = Group extends (isSet: never) => infer Schema
  ? v.InferOutput<Extract<Schema, SettingsSchema>>
  : v.InferOutput<Extract<Group, SettingsSchema>>;

type Config<Groups extends Record<string, Settings>> = {
  readonly [Name in keyof Groups]: ConfigOf<Groups[Name]>;
};

/** Variables whose value is in no message. */
const SECRET_NAME = /KEY|SECRET|TOKEN/;

/**
 * Reads a whole configuration, one member a group of variables, and freezes it. A variable that is set
 * to a wrong value (an empty one too) is an error, never a fallback.
 *
 * @throws {ConfigError} One error naming every variable that is missing or wrong.
 */
export function readConfig<const Groups extends Record<string, Settings>>(
  env: (name: string) => string | undefined,
  groups: Groups,
): Config<Groups> {
  const config: Record<string, unknown> = {};
  const problems = new Map<string, ConfigProblem>();
  for (const [group, settings] of Object.entries<Settings>(groups)) {
    const schema = typeof settings === "function"
      ? settings((name) => env(name) !== undefined)
      : settings;
    const names = Object.keys(schema.entries);
    const values = Object.fromEntries(names.map((name) => [name, env(name)]));
    const result = v.safeParse(schema, values);
    for (const issue of result.issues ?? []) {
      const name = String(issue.path?.[0].key);
      if (problems.has(name)) continue;
      problems.set(name, { name, current: describe(name, env(name)), wanted: issue.message });
    }
    config[group] = result.output;
  }
  if (problems.size > 0) throw new ConfigError([...problems.values()]);
  return Object.freeze(config) as Config<Groups>;
}

function describe(name: string, value: string | undefined): string {
  if (value === undefined) return "not set";
  return value !== "" && SECRET_NAME.test(name) ? "(hidden)" : JSON.stringify(value);
}
