/** The verdict after a scenario: what must not be, and the numbers. */
import type { Arena } from "./arena.ts";
import { type CallStatistics, judgeCalls } from "./judge_calls.ts";
import { judgeObjects } from "./judge_objects.ts";
import { judgePictures } from "./judge_pictures.ts";
import { judgeRows } from "./judge_rows.ts";
import { judgeUsers } from "./judge_users.ts";
import { measureRecovery, type Recovery } from "./recovery.ts";

/** What a scenario came to. */
export interface Verdict {
  violations: string[];
  jobs: number;
  ends: Record<string, number>;
  kills: number;
  lostLeases: number;
  calls: CallStatistics;
  recovery: Recovery | undefined;
}

/** What the judges allow for. */
export interface JudgeOptions {
  maxConcurrent: number;
  /** Realtime was away at some moment. */
  mayMiss: boolean;
}

/** Judges what the scenario left behind. */
export async function judge(arena: Arena, options: JudgeOptions): Promise<Verdict> {
  const { violations, rows } = await judgeRows(arena);
  const calls = await judgeCalls(arena, options);
  violations.push(...calls.violations);
  violations.push(...await judgePictures(arena, rows));
  violations.push(...await judgeObjects(arena, rows));
  violations.push(...await judgeUsers(arena, { rows, mayMiss: options.mayMiss }));
  const ends: Record<string, number> = {};
  for (const { status } of rows) ends[status] = (ends[status] ?? 0) + 1;
  return {
    violations,
    jobs: arena.jobs.length,
    ends,
    kills: arena.kills.length,
    lostLeases: arena.lostLeases.length,
    calls: calls.statistics,
    recovery: await measureRecovery(arena),
  };
}
