/** Takes what a test cannot go on without; the type checker then knows that it is there. */
import { AssertionError } from "node:assert";

/** Gives `value`, or fails the test when there is none. */
export function required<Value>(value: Value | undefined | null, what = "value"): Value {
  if (value === undefined || value === null) {
    throw new AssertionError({ message: `Expected a ${what}, got ${value}` });
  }
  return value;
}
