/** A scenario: users who submit, a saboteur who strikes meanwhile, and a wait for the last job's end. */
import type { Arena, Settings } from "./arena.ts";
import { inParallel } from "../in_parallel.ts";
import { insist, pause } from "../insist.ts";
import type { Random } from "../random.ts";
import { drawSubmission, type Job, logIn, submit, type User } from "./users.ts";
import type { JudgeOptions } from "./verdict.ts";

/** How much of it. */
export interface Scale {
  jobs: number;
  /** SIGKILLs a step. */
  kills: number;
  /** Of a mixed round, in seconds. */
  mixedSeconds: number;
}

/** What a scenario works with. */
export interface Context {
  arena: Arena;
  random: Random;
  scale: Scale;
  /** Says how far it is. */
  progress(text: string): void;
  /** What the scenario itself finds wrong; the judges come after it. */
  violations: string[];
  /** Facts for the report, such as a measured time. */
  notes: string[];
}

/** One way to suffer. */
export interface Scenario {
  name: string;
  /** In a few words, for the help. */
  about: string;
  settings?: Settings;
  /** Realtime is away at some moment, so that users may miss an end. */
  mayMiss?: boolean;
  run(context: Context): Promise<void>;
}

/** What the judges allow a scenario. */
export function judgeOptionsOf({ settings, mayMiss = false }: Scenario): JudgeOptions {
  return { maxConcurrent: settings?.max_concurrent ?? 10, mayMiss };
}

/** Users listen up to this many: each has a socket. */
const LISTENERS = 3;

/** Logs new users in. */
export async function logUsersIn({ arena }: Context, count: number): Promise<User[]> {
  const numbers = Array.from({ length: count }, (_, number) => number);
  const users = await inParallel(
    8,
    numbers,
    (number) => logIn(arena, { listens: number < LISTENERS }),
  );
  arena.users.push(...users);
  return users;
}

/** What is submitted, by whom. */
export interface Load {
  users: User[];
  jobs: number;
  /** Begins every prompt. @default "chaos" */
  label?: (number: number) => string;
  /** Requests at a time. @default 8 */
  concurrency?: number;
}

/** Submits jobs, the users in turn; resolves when all are accepted. */
export async function submitJobs(context: Context, load: Load): Promise<Job[]> {
  const { arena, random } = context;
  const { users, jobs, label = () => "chaos", concurrency = 8 } = load;
  const submissions = Array.from(
    { length: jobs },
    (_, number) => ({ number, submission: drawSubmission(random, label(number)) }),
  );
  return await inParallel(concurrency, submissions, async ({ number, submission }) => {
    const job = await submit(users[number % users.length] as User, submission);
    arena.jobs.push(job);
    return job;
  });
}

/** Users and their jobs in one: 4 jobs a user. */
export async function fill(
  context: Context,
  options: Omit<Load, "users">,
): Promise<Job[]> {
  const users = await logUsersIn(context, Math.ceil(options.jobs / 4));
  return await submitJobs(context, { users, ...options });
}

/** How many of the scenario's jobs have not ended. */
export async function countOpen({ sql, users }: Arena): Promise<number> {
  const userIds = users.map(({ id }) => id);
  const [row] = await insist(() =>
    sql`
      select count(*)::int as count from public.generations
      where finished_at is null and user_id = any (${userIds}::uuid[])`
  );
  return row?.count;
}

/**
 * Waits for the last job's end. One that does not end in time is the judges' business.
 *
 * @param options `hurry`: sweeps twice a second, where cron would every ten seconds.
 */
export async function untilEnded(
  { arena, progress }: Context,
  { hurry = true, seconds = 120 }: { hurry?: boolean; seconds?: number } = {},
): Promise<void> {
  for (const giveUp = Date.now() + seconds * 1000; Date.now() < giveUp;) {
    const open = await countOpen(arena);
    if (open === 0) return;
    progress(`${open} jobs open`);
    if (hurry) await arena.sweep();
    await pause(500);
  }
}
