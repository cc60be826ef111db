/** What is to become of each generation: most are generated, some are refused, some are called off. */
import type { Random } from "../random.ts";

/** One generation to ask for. */
export interface Plan {
  /** No other generation has it. */
  prompt: string;
  /** Cancelled by its owner so many milliseconds after it was accepted, if it still waits then. */
  cancelAfterMs?: number;
}

const REFUSED = 0.1;
const CANCELLED = 0.15;

/** Draws a plan. */
export function drawPlan(random: Random): Plan {
  const tag = Math.floor(random() * 2 ** 48).toString(36);
  const fate = random();
  if (fate < REFUSED) return { prompt: `[moderation] ${tag}` };
  const prompt = `torture ${tag}`;
  if (fate < REFUSED + CANCELLED) return { prompt, cancelAfterMs: Math.floor(random() * 300) };
  return { prompt };
}

/** Deals plans out to as many lists as wanted, one after another. */
export function deal<Item>(items: readonly Item[], lists: number): Item[][] {
  const dealt: Item[][] = Array.from({ length: Math.min(lists, items.length) }, () => []);
  items.forEach((item, index) => dealt[index % dealt.length]?.push(item));
  return dealt;
}
