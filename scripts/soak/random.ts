/** Draws that are the same for the same seed. */
export { createRandom } from "../../supabase/functions/tests/fakes.ts";

/** Numbers in [0, 1). */
export type Random = () => number;

/** One of `items`. @throws {RangeError} For an empty list. */
export function drawOne<Item>(random: Random, items: readonly Item[]): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new RangeError("Cannot draw from an empty list");
  return item;
}

/** A whole number from `low` to `high`, both included. */
export function drawInteger(random: Random, [low, high]: readonly [number, number]): number {
  return low + Math.floor(random() * (high - low + 1));
}
