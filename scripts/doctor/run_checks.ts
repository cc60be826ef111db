/** Runs checks side by side, each for a bounded time, and gives what they found without a secret in it. */
import type { Check } from "./check.ts";
import type { Deployment } from "./deployment.ts";
import { type Finding, skipped, wrong } from "./finding.ts";
import { createMask } from "./mask.ts";

/** What a check found. */
export interface CheckResult {
  check: string;
  findings: Finding[];
}

/** Longer than any check waits by itself. */
const TIMEOUT_MS = 60_000;

/** Runs all; the results are in the order of the checks. */
export async function runChecks(
  checks: readonly Check[],
  deployment: Deployment,
): Promise<CheckResult[]> {
  const mask = createMask(deployment.env);
  return await Promise.all(checks.map(async (check) => ({
    check: check.name,
    findings: (await runCheck(check, deployment)).map(({ level, text, cure }) => ({
      level,
      text: mask(text),
      ...(cure === undefined ? {} : { cure: mask(cure) }),
    })),
  })));
}

/** 0: all is well; 1: something should be looked at, or could not be; 2: something is wrong. */
export function exitCodeOf(results: readonly CheckResult[]): 0 | 1 | 2 {
  const levels = new Set(results.flatMap(({ findings }) => findings.map(({ level }) => level)));
  if (levels.has("wrong")) return 2;
  return levels.has("warning") || levels.has("skipped") ? 1 : 0;
}

async function runCheck(check: Check, deployment: Deployment): Promise<Finding[]> {
  const missing = check.needs.filter((name) => !deployment.env(name));
  if (missing.length > 0) {
    const list = missing.join(" and ");
    return [skipped(`Not checked: ${list} not set`, `Set ${list}, or name a file by --env-file`)];
  }
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error("No answer in time")), TIMEOUT_MS);
  try {
    return await Promise.race([check.run(deployment), late.promise]);
  } catch (error) {
    return [wrong(`Cannot be checked: ${messageOf(error)}`, check.cure)];
  } finally {
    clearTimeout(timer);
  }
}

// An error of a connection to several addresses has no message of its own.
function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join("; ");
  return error instanceof Error ? error.message || error.name : String(error);
}
