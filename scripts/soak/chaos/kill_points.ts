/**
 * The steps of a job at which its worker is killed. No step is hit by guessing a time: the saboteur
 * stops the worker there by what surrounds it (a provider that takes long, a bucket that is away or hangs
 * or loses its answer, a locked row), or is told by the database in the moment of the commit.
 */
import type { Arena } from "./arena.ts";
import { insist, pause, untilFound } from "../insist.ts";
import { keyOf, readCalls, readPuts } from "./journals.ts";
import { lockUsers, type UsersLock } from "./lock_users.ts";

/** A worker that stands at the step, or soon will. */
export interface Trap {
  /** Resolves once a job is at the step, with its id; rejects with the reason of `signal`. */
  sprung(signal: AbortSignal): Promise<string>;
  /** After the kill: whether it hit the job at this very step. */
  isExact(generationId: string): Promise<boolean>;
  /** Lets the next worker pass. */
  release(): Promise<void>;
}

/** A step at which to kill. */
export interface KillPoint {
  name: string;
  set(arena: Arena): Promise<Trap>;
}

const NOTHING = () => Promise.resolve();

/** Every step, in the order a job takes them. */
export const KILL_POINTS: readonly KillPoint[] = [
  { name: "after_claim", set: setAfterClaim },
  { name: "during_openai", set: setDuringOpenAi },
  { name: "after_openai", set: setAfterOpenAi },
  { name: "during_put", set: setDuringPut },
  { name: "after_put", set: setAfterPut },
  { name: "before_complete", set: setBeforeComplete },
  { name: "after_complete", set: setAfterComplete },
];

/** The claim is committed; the provider has not been asked. */
function setAfterClaim(arena: Arena): Promise<Trap> {
  const calledBefore = readCalls(arena).then((calls) => calls.length);
  return Promise.resolve({
    async sprung(signal) {
      await calledBefore;
      return (await arena.events.next(({ outcome }) => outcome === null, signal)).generation_id;
    },
    async isExact(id) {
      // It may have been claimed before its user has heard that it was accepted.
      const find = () => Promise.resolve(promptOf(arena, id));
      const wanted = await untilFound(find, { seconds: 10 });
      const later = (await readCalls(arena)).slice(await calledBefore);
      return wanted !== undefined && !later.some(({ prompt }) => prompt === wanted);
    },
    release: NOTHING,
  });
}

/** The provider is at work. */
async function setDuringOpenAi(arena: Arena): Promise<Trap> {
  const { door } = arena;
  const from = Date.now();
  await door("PUT /openai/faults", [{ latency_ms: 30_000, times: 1000 }]);
  return {
    sprung: (signal) =>
      poll(signal, async () => {
        const call = (await readCalls(arena)).find(({ outcome, started_at }) =>
          outcome === "in_progress" && Date.parse(started_at) >= from
        );
        return idOf(arena, ({ prompt }) => prompt === call?.prompt);
      }),
    async isExact(id) {
      const prompt = promptOf(arena, id);
      return (await readCalls(arena)).some((call) =>
        call.prompt === prompt && call.outcome === "aborted" && Date.parse(call.started_at) >= from
      );
    },
    release: () => door("PUT /openai/faults", []),
  };
}

/** The picture is in the worker's hand and cannot be stored, as the bucket drops every put unread. */
async function setAfterOpenAi(arena: Arena): Promise<Trap> {
  const { door } = arena;
  await door("PUT /s3/faults", [{ method: "PUT", drop: true, times: 1000 }]);
  const from = Date.now();
  return {
    sprung: (signal) =>
      poll(signal, async () => {
        const call = (await readCalls(arena)).find(({ outcome, finished_at }) => {
          const age = Date.now() - Date.parse(finished_at ?? "");
          return outcome === "ok" && age > 50 && age < Date.now() - from;
        });
        return idOf(arena, ({ prompt }) => prompt === call?.prompt);
      }),
    isExact: async (id) => !await isStored(arena, id),
    release: () => door("PUT /s3/faults", "ok"),
  };
}

/** The put is under way: half of the time it is never done, half of the time it is, after the worker's death. */
async function setDuringPut(arena: Arena): Promise<Trap> {
  const { door, kills } = arena;
  const fault = kills.length % 2 === 0 ? { hang: true } : { delay_ms: 30_000 };
  await door("PUT /s3/faults", [{ method: "PUT", times: 1000, ...fault }]);
  const before = (await readPuts(arena)).length;
  return {
    sprung: (signal) =>
      poll(signal, async () => {
        const put = (await readPuts(arena)).slice(before).find(({ key, outcome }) =>
          key !== "" && (outcome === "hang" || outcome === "in_progress")
        );
        return idOf(arena, (job) => keyOf(job) === put?.key);
      }),
    isExact: async (id) => !await isStored(arena, id),
    release: () => door("PUT /s3/faults", "ok"),
  };
}

/** The picture is stored; the worker, whose answer was lost, does not know it and puts again. */
async function setAfterPut(arena: Arena): Promise<Trap> {
  const { door } = arena;
  await door("PUT /s3/faults", [
    { method: "PUT", lose_answer: true },
    { method: "PUT", hang: true, times: 1000 },
  ]);
  const before = (await readPuts(arena)).length;
  return {
    sprung: (signal) =>
      poll(signal, async () => {
        const put = (await readPuts(arena)).slice(before).find(({ outcome }) => outcome === "lost");
        return idOf(arena, (job) => keyOf(job) === put?.key);
      }),
    isExact: async (id) => await isStored(arena, id) && await statusOf(arena, id) === "PROCESSING",
    release: () => door("PUT /s3/faults", "ok"),
  };
}

/** The picture is stored and complete_generation waits for the user's row: it dies with its worker. */
async function setBeforeComplete(arena: Arena): Promise<Trap> {
  const { door } = arena;
  // Time to take the lock: held any longer, it would hold up the sweep, which brings the work.
  await door("PUT /s3/faults", [{ method: "PUT", delay_ms: 300, times: 1000 }]);
  const before = (await readPuts(arena)).length;
  let lock: UsersLock | undefined;
  return {
    sprung: (signal) =>
      poll(signal, async () => {
        const puts = (await readPuts(arena)).slice(before);
        if (lock === undefined) {
          if (puts.some(({ key, outcome }) => key !== "" && outcome === "in_progress")) {
            lock = await lockUsers(arena);
          }
          return undefined;
        }
        const stored = puts.filter(({ outcome }) => outcome === "ok").map(({ key }) => key);
        if (await lock.countWaiting() === 0) return undefined;
        return await findUnended(arena, stored);
      }),
    async isExact(id) {
      await lock?.terminateWaiting();
      await lock?.release();
      return await isStored(arena, id) && await statusOf(arena, id) === "PROCESSING";
    },
    async release() {
      await lock?.release();
      await door("PUT /s3/faults", "ok");
    },
  };
}

/** COMPLETED is committed; the worker has not heard it. */
function setAfterComplete(arena: Arena): Promise<Trap> {
  const isCompleted = (outcome: string | null) =>
    outcome === "completed" || outcome === "recovered";
  return Promise.resolve({
    sprung: async (signal) =>
      (await arena.events.next(({ outcome }) => isCompleted(outcome), signal)).generation_id,
    isExact: async (id) => await statusOf(arena, id) === "COMPLETED",
    release: NOTHING,
  });
}

function promptOf({ jobs }: Arena, id: string): string | undefined {
  return jobs.find((job) => job.id === id)?.prompt;
}

function idOf({ jobs }: Arena, is: (job: Arena["jobs"][number]) => boolean): string | undefined {
  return jobs.find(is)?.id;
}

async function statusOf({ sql }: Arena, id: string): Promise<string> {
  const [row] = await insist(() => sql`select status from public.generations where id = ${id}`);
  return row?.status;
}

/** A job whose picture is one of `keys` and whose row does not say so yet. */
async function findUnended(arena: Arena, keys: string[]): Promise<string | undefined> {
  for (const job of arena.jobs.filter((each) => keys.includes(keyOf(each)))) {
    if (await statusOf(arena, job.id) === "PROCESSING") return job.id;
  }
  return undefined;
}

async function isStored(arena: Arena, id: string): Promise<boolean> {
  const job = arena.jobs.find((each) => each.id === id);
  return (await readPuts(arena)).some(({ key, outcome }) =>
    job !== undefined && key === keyOf(job) && (outcome === "ok" || outcome === "lost")
  );
}

async function poll(
  signal: AbortSignal,
  look: () => Promise<string | undefined>,
): Promise<string> {
  while (true) {
    signal.throwIfAborted();
    const found = await look();
    if (found !== undefined) return found;
    await pause(10);
  }
}
