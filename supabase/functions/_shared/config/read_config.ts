/** Reads settings from the environment, each once, and reports every wrong one together. */

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

/** How a text setting is read. */
export interface TextOptions {
  /** Says in words what is accepted. */
  wanted: string;
  /** Accepts the value; any value but an empty one when absent. */
  accepts?: (value: string) => boolean;
  /** Used when the variable is not set; without it the variable is required. */
  fallback?: string;
  /** Keeps the value out of the error message. */
  secret?: boolean;
}

/**
 * Reads variables and notes what is wrong with them. A reader always gives a value of its type, so
 * that all settings are looked at; `readConfig` throws before a stand-in value can be used.
 *
 * A variable that is set to a wrong value (an empty one too) is an error, never a fallback.
 */
export class EnvironmentReader {
  readonly problems: ConfigProblem[] = [];

  constructor(private readonly env: (name: string) => string | undefined) {}

  /** Whether the variable is set, to anything. */
  has(name: string): boolean {
    return this.env(name) !== undefined;
  }

  /** A text; see `TextOptions`. */
  text(name: string, options: TextOptions): string {
    const value = this.env(name);
    if (value === undefined && options.fallback !== undefined) return options.fallback;
    if (value && (options.accepts?.(value) ?? true)) return value;
    this.refuse(name, options);
    return "";
  }

  /** A whole number from `min` to `max`. */
  integer(name: string, options: { min: number; max: number; fallback: number }): number {
    const { min, max, fallback } = options;
    const text = this.text(name, {
      wanted: `a whole number from ${min} to ${max}`,
      accepts: (value) => /^\d{1,15}$/.test(value) && Number(value) >= min && Number(value) <= max,
      fallback: String(fallback),
    });
    return Number(text);
  }

  /** An http or https URL without query, fragment or credentials, given without a slash at its end. */
  url(name: string, options: { fallback?: string } = {}): string {
    const text = this.text(name, {
      wanted: "an http or https URL without query, fragment or credentials",
      accepts: isBaseUrl,
      ...options,
    });
    return text.replace(/\/+$/, "");
  }

  /** Notes that a variable is wrong. */
  refuse(name: string, options: { wanted: string; secret?: boolean }): void {
    const value = this.env(name);
    const shown = options.secret && value !== "" ? "(hidden)" : JSON.stringify(value);
    this.problems.push({
      name,
      current: value === undefined ? "not set" : shown,
      wanted: options.wanted,
    });
  }
}

/**
 * Reads a whole configuration and freezes it.
 *
 * @throws {ConfigError} One error naming every variable that is missing or wrong.
 */
export function readConfig<Config extends object>(
  env: (name: string) => string | undefined,
  read: (reader: EnvironmentReader) => Config,
): Readonly<Config> {
  const reader = new EnvironmentReader(env);
  const config = read(reader);
  if (reader.problems.length > 0) throw new ConfigError(reader.problems);
  return Object.freeze(config);
}

// A URL that paths can be appended to.
function isBaseUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  const { protocol, search, hash, username, password } = url;
  return ["http:", "https:"].includes(protocol) &&
    search + hash + username + password === "" && !/[?#\s]/.test(text);
}
