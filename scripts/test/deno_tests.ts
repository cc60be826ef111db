/** Runs test files by `deno test`, and reads its report as it comes. */

/** How tests ended. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** What a run of files told. */
export interface DenoTestRun extends Counts {
  /** Milliseconds that each file's tests took by their own clocks, side by side with others'. */
  fileMs: Map<string, number>;
  /** What `deno test` says of the failures, as it says it. */
  report: string;
}

/** How the files are run. */
export interface DenoTestOptions {
  files: readonly string[];
  env: Record<string, string>;
  /** Called with each file of which a first result has come. */
  onFile(path: string): void;
}

/** After so many milliseconds without a result the run is given up: a test hangs. */
const STALL_MS = 300_000;

/** Runs the files side by side; a file that does not load counts as one failure. */
export async function runDenoTests(
  { files, env, onFile }: DenoTestOptions,
): Promise<DenoTestRun> {
  const run: DenoTestRun = { passed: 0, failed: 0, skipped: 0, fileMs: new Map(), report: "" };
  if (files.length === 0) return run;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--quiet", "--parallel", "--no-check", ...files],
    env: { ...env, DENO_NO_UPDATE_CHECK: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const said = new Response(child.stderr).text();
  let isReport = false;
  let summary = "";
  let isStalled = false;
  const giveUp = () => {
    isStalled = true;
    child.kill("SIGTERM");
  };
  let stall = setTimeout(giveUp, STALL_MS);
  for await (const line of linesOf(child.stdout)) {
    clearTimeout(stall);
    stall = setTimeout(giveUp, STALL_MS);
    const plain = withoutColours(line);
    isReport ||= plain.trim() === "ERRORS";
    if (SUMMARY.test(plain)) summary = plain;
    else if (isReport) run.report += `${line}\n`;
    else noteResult(plain, run, onFile);
  }
  clearTimeout(stall);
  const { success } = await child.status;
  Object.assign(run, readSummary(summary, success));
  // Such as a module that cannot be loaded.
  if (!success) run.report += await said;
  if (isStalled) {
    const silent = files.filter((path) => !run.fileMs.has(path)).join("\n  ");
    run.report += `No test ended for ${STALL_MS / 1000} s. Files without a result:\n  ${silent}\n`;
  }
  return run;
}

/** "./scripts/a_test.ts => name ... ok (12ms)"; a step has one more " ... " and is part of its test's time. */
const RESULT =
  /^(?:\.\/)?(\S+_test\.ts) ?=> .*? \.\.\. (?:ok|FAILED|ignored)\b.*\((\d+)(ms|s|m|µs)/;
/** "ok | 120 passed (3 steps) | 0 failed | 2 ignored (1s)" */
const SUMMARY = /^(?:ok|FAILED) \| \d+ passed/;
const UNIT_MS: Readonly<Record<string, number>> = { "µs": 0.001, ms: 1, s: 1_000, m: 60_000 };

function noteResult(line: string, run: DenoTestRun, onFile: (path: string) => void): void {
  const [, path, number, unit = ""] = RESULT.exec(line) ?? [];
  if (path === undefined || line.split(" ... ").length > 2) return;
  if (!run.fileMs.has(path)) onFile(path);
  run.fileMs.set(path, (run.fileMs.get(path) ?? 0) + Number(number) * (UNIT_MS[unit] ?? 0));
}

/** Reads the closing line of `deno test`. */
export function readSummary(line: string, success: boolean): Counts {
  const number = (word: string) => Number(new RegExp(`(\\d+) ${word}`).exec(line)?.[1] ?? 0);
  const counts = {
    passed: number("passed"),
    failed: number("failed"),
    skipped: number("ignored"),
  };
  // A file that does not even load fails no test; it fails the run.
  if (!success && counts.failed === 0) counts.failed = 1;
  return counts;
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}

function withoutColours(line: string): string {
  // deno-lint-ignore no-control-regex -- colours
  return line.replaceAll(/\x1b\[[0-9;]*m/g, "");
}
