/** What the sessions of one sequence share: its users, its generations, the jobs that were ever claimed. */
import type postgres from "postgres";

/** A job as a worker holds it; it may be stale by now. */
export interface HeldJob {
  generation_id: string;
  attempt: number;
  worker: string;
}

/** Shared by the sessions of one sequence. */
export interface World {
  /** Acts as the functions do: as service_role. */
  api: postgres.Sql;
  /** Acts as the operator, the schedule and time itself do. */
  admin: postgres.Sql;
  users: { id: string; telegramId: number }[];
  generations: string[];
  jobs: HeldJob[];
  /** Those whose leases are over. */
  passed: Set<HeldJob>;
  /** Ends told to a caller ("completed", "failed", "CANCELLED"), by generation: each may have one. */
  ends: Map<string, string[]>;
  /** A message was removed by hand, and no sweep has been since. */
  messagesMayBeLost: boolean;
  /** What was done, in the order it was begun. */
  history: string[];
  /** Warnings of the database: what the sweep caught and passed over. */
  warnings: string[];
}

/** Numbers in [0, 1). */
export type Random = () => number;

/** A whole number from 0 to `below` - 1. */
export function drawInteger(random: Random, below: number): number {
  return Math.floor(random() * below);
}

/** One of `items`; `undefined` of none. */
export function drawOne<Item>(random: Random, items: readonly Item[]): Item | undefined {
  return items[drawInteger(random, items.length)];
}

/** Some of `items`, in any order. */
export function drawSome<Item>(random: Random, items: readonly Item[]): Item[] {
  return items.map((item) => ({ item, key: random() })).filter(({ key }) => key < 0.5)
    .sort((a, b) => a.key - b.key).map(({ item }) => item);
}

/** Notes an end that a caller was told of. */
export function noteEnd(world: World, id: string, end: string): void {
  world.ends.set(id, [...world.ends.get(id) ?? [], end]);
}
