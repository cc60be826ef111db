/** What a scenario of the benchmark is given, and what it gives. */
import type { BenchStack } from "./bench_stack.ts";

/** What a figure should be. */
export type Wish = { atLeast: number } | { atMost: number } | { exactly: number };

/** One measured number. */
export interface Figure {
  name: string;
  value: number;
  /** Empty for counts and ratios. */
  unit: string;
  wanted?: Wish;
  /**
   * A figure that must hold on every machine, such as a count of lost jobs: one that does not hold
   * fails the run. Without it a figure depends on the machine, and is told as it is.
   */
  isInvariant?: boolean;
}

/** What a scenario works with: a fresh stack, and somewhere to tell how far it is. */
export interface Bench {
  stack: BenchStack;
  /** Tiny numbers, to see that everything runs; its figures mean nothing. */
  isQuick: boolean;
  /** Shows what is being done. */
  say(text: string): void;
}

/** A scenario. */
export interface Scenario {
  name: string;
  /** One line, for `--help`. */
  about: string;
  run(bench: Bench): Promise<Figure[]>;
}

/** What a scenario gave. */
export interface ScenarioResult {
  name: string;
  figures: Figure[];
  /** Seconds it took. */
  seconds: number;
  /** Processes that ran or wanted to, averaged over a minute (`uptime`), before and after. */
  loadAverage: { before: number; after: number };
  /** Why it broke off, if it did. */
  error?: string;
}

/** Whether a figure is as wanted; `undefined` when nothing is wanted of it. */
export function isFulfilled({ value, wanted }: Figure): boolean | undefined {
  if (wanted === undefined) return undefined;
  if ("atLeast" in wanted) return value >= wanted.atLeast;
  if ("atMost" in wanted) return value <= wanted.atMost;
  return value === wanted.exactly;
}

/** An invariant: a count that must be zero. */
export function mustBeZero(name: string, value: number): Figure {
  return { name, value, unit: "", wanted: { exactly: 0 }, isInvariant: true };
}
