/** Deployments to check: what is real of them, and what a test makes wrong. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import type postgres from "postgres";
import type { Check } from "../check.ts";
import type { Deployment } from "../deployment.ts";
import type { Finding, Level } from "../finding.ts";
import { runChecks } from "../run_checks.ts";
import { findSources } from "../sources.ts";

/** What a fault replaces of a deployment. */
export interface Changes {
  env?: Readonly<Record<string, string | undefined>>;
  fetch?: typeof fetch;
  now?: () => number;
  sql?: postgres.Sql;
  functions?: readonly string[];
  migrations?: (versions: string[]) => string[];
}

/** Makes a deployment of settings; without `sql` no check may ask the database. */
export async function deploymentOf(
  settings: Readonly<Record<string, string | undefined>>,
  changes: Changes = {},
): Promise<Deployment> {
  const values = { ...settings, ...changes.env };
  const sources = await findSources();
  return {
    env: (name) => values[name],
    fetch: changes.fetch ?? fetch,
    now: changes.now ?? Date.now,
    sql: changes.sql ?? noDatabase(),
    sources: {
      ...sources,
      functions: [...changes.functions ?? sources.functions],
      migrations: changes.migrations?.(sources.migrations) ?? sources.migrations,
    },
  };
}

/** Runs one check. */
export async function findingsOf(check: Check, deployment: Deployment): Promise<Finding[]> {
  const [result] = await runChecks([check], deployment);
  return result?.findings ?? [];
}

/** A fault that a check has to find, by what it says and what it tells to do. */
export interface Expected {
  level: Level;
  text: RegExp;
  cure: RegExp;
}

/** Asserts that the fault is found and named with its cure, and nothing else is. */
export function assertFound(findings: readonly Finding[], { level, text, cure }: Expected): void {
  const bad = findings.filter((finding) => finding.level !== "ok");
  assertEquals(bad.length, 1, JSON.stringify(findings));
  const [found] = bad;
  assertEquals(found?.level, level, JSON.stringify(found));
  assertMatch(found?.text ?? "", text);
  assertMatch(found?.cure ?? "", cure);
}

/** Asserts that nothing is wrong. */
export function assertHealthy(findings: readonly Finding[]): void {
  assert(findings.length > 0);
  assertEquals(findings.filter(({ level }) => level !== "ok"), []);
}

/** A fetch that `answer` replaces where it gives something. */
export function fetchWith(
  answer: (url: URL, init: RequestInit) => Response | undefined,
): typeof fetch {
  return (input, init) => {
    const replaced = answer(new URL(String(input)), init ?? {});
    return replaced === undefined ? fetch(input, init) : Promise.resolve(replaced);
  };
}

function noDatabase(): postgres.Sql {
  return (() => {
    throw new Error("This test has no database");
  }) as unknown as postgres.Sql;
}
