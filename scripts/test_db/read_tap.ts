/** Reads the Test Anything Protocol as pgTAP writes it: a plan, a line a test, diagnostics after a failure. */

/** What a file's output says. */
export interface TapReport {
  passed: number;
  failed: number;
  /** What went wrong, in order: each failed test with its diagnostics, then what is wrong with the plan. */
  problems: string[];
}

const PLAN = /^1\.\.(\d+)(.*)$/;
const TEST = /^(not )?ok (\d+)\b(?: - )?(.*)$/;
const DIRECTIVE = /(?<!\\)#\s*(?:todo|skip)\b/i;

/**
 * Judges the values a test file's statements gave, one a row; what is not TAP is passed over.
 *
 * A skipped test and one marked TODO fail: a test that cannot fail is none.
 */
export function readTap(values: Iterable<string>): TapReport {
  const problems: string[] = [];
  const counts = { passed: 0, failed: 0 };
  const plans: number[] = [];
  for (const line of [...values].flatMap((value) => value.split("\n"))) {
    const plan = PLAN.exec(line);
    const test = TEST.exec(line);
    if (plan !== null) {
      plans.push(Number(plan[1]));
      if (DIRECTIVE.test(plan[2] ?? "")) problems.push(`The file is skipped: "${line}"`);
    } else if (test !== null) {
      problems.push(...judge(test, counts));
    } else if (line.startsWith("Bail out!")) {
      problems.push(line);
    } else if (/^\s*#/.test(line) && problems.length > 0) {
      problems.push(line);
    }
  }
  const run = counts.passed + counts.failed;
  if (plans.length !== 1) problems.push(`${plans.length} plans, wanted 1: select plan(${run})`);
  else if (plans[0] !== run) problems.push(`${run} tests ran, the plan is ${plans[0]}`);
  return { ...counts, problems };
}

/** Counts a line "ok 3 - it works"; gives what is wrong with it. */
function judge(test: RegExpExecArray, counts: { passed: number; failed: number }): string[] {
  const [line, not, number, description = ""] = test;
  const wanted = counts.passed + counts.failed + 1;
  const problems: string[] = [];
  if (not !== undefined) problems.push(line);
  else if (DIRECTIVE.test(description)) problems.push(`${line}: a test may not be skipped`);
  if (Number(number) !== wanted) problems.push(`${line}: wanted number ${wanted}`);
  counts[problems.length === 0 ? "passed" : "failed"]++;
  return problems;
}
