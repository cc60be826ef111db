/** Where chaos happens: a whole stack, the ways to sabotage it, and a memory of what was done to it. */
import postgres from "postgres";
import { startStack } from "../../stack/stack.ts";
import { type Door, openDoor } from "../door.ts";
import { insist } from "../insist.ts";
import { type AttemptEvents, watchAttempts } from "./attempt_events.ts";
import type { Job, User } from "./users.ts";

/** Settings of `private.settings`, by column. */
export type Settings = Record<string, number | null>;

/** An attempt that was running when its worker was killed. */
export interface HitAttempt {
  generation_id: string;
  attempt: number;
}

/** One SIGKILL of the worker. */
export interface Kill {
  /** When it was asked for, and when the process was gone; milliseconds since the epoch. */
  from: number;
  to: number;
  hit: HitAttempt[];
}

/** A lease a living worker could not hold, by its own log. */
export type LostLease = HitAttempt;

/** A stack under sabotage. */
export interface Arena extends AsyncDisposable {
  readonly url: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly door: Door;
  /** As a superuser. A statement may fail while Postgres restarts: see `insist`. */
  readonly sql: postgres.Sql;
  /** What happens to attempts, told by the database as it commits. */
  readonly events: AttemptEvents;
  /** Of the running scenario. */
  readonly users: User[];
  readonly jobs: Job[];
  readonly kills: Kill[];
  readonly lostLeases: LostLease[];
  configure(settings: Settings): Promise<void>;
  /** Runs the sweep now, where cron would within ten seconds. @throws {Error} When a step of it failed. */
  sweep(): Promise<void>;
  /** SIGKILL. */
  killWorker(): Promise<Kill>;
  /** Makes everything work again. */
  heal(): Promise<void>;
  /** Forgets the last scenario. */
  forget(): Promise<void>;
}

/** What every scenario begins with: short leases, and no limit of ours in the way. */
const SETTINGS: Settings = {
  max_concurrent: 10,
  images_per_minute: null,
  per_user_concurrency: 2,
  max_pending_per_user: 100,
  rate_limit_per_minute: 100_000,
  max_attempts: 4,
  max_queue_seconds: 900,
  signup_credits: 100,
  partial_images: 0,
  lease_seconds: 4,
};

/** Starts a stack. `onLog` takes the functions' logs, a line each. */
export async function openArena(onLog: (line: string) => void = () => {}): Promise<Arena> {
  const lostLeases: LostLease[] = [];
  const stack = await startStack({
    port: 0,
    onFunctionLog(line) {
      onLog(line);
      const lost = readLostLease(line);
      if (lost !== undefined) lostLeases.push(lost);
    },
  });
  const variables = { ...stack.variables } as Record<string, string>;
  const databaseUrl = variables.DATABASE_URL ?? "";
  const sql = postgres(databaseUrl, { max: 6, backoff: () => 0.1, onnotice: () => {} });
  const events = await watchAttempts(databaseUrl);
  const door = openDoor(variables.STACK_CONTROL_URL ?? "");
  const [users, jobs, kills]: [User[], Job[], Kill[]] = [[], [], []];

  async function killWorker(): Promise<Kill> {
    const from = Date.now();
    await door("POST /functions/worker/kill");
    const to = Date.now();
    const hit = await insist(() =>
      sql<HitAttempt[]>`
        select generation_id, attempt from private.generation_attempts where finished_at is null`
    );
    // The dead of earlier kills hold their leases for a while; they cannot die again.
    const dead = new Set(kills.flatMap((kill) => kill.hit.map(nameAttempt)));
    const kill = { from, to, hit: hit.filter((attempt) => !dead.has(nameAttempt(attempt))) };
    kills.push(kill);
    return kill;
  }

  async function configure(settings: Settings): Promise<void> {
    await insist(() => sql`update private.settings set ${sql(settings)} where singleton`);
  }

  async function heal(): Promise<void> {
    await door("PUT /openai/faults", []);
    await door("PUT /openai/models", { retired: [] });
    await door("PUT /openai/latency", { ms: 100, jitter_ms: 50 });
    await door("PUT /s3/faults", "ok");
    if (variables.UPSTASH_REDIS_REST_URL) await door("PUT /redis/faults", "ok");
    await door("PUT /webhooks", { mode: "deliver" });
    await door("PUT /cron", { mode: "run" });
    await door("PUT /realtime", { mode: "up" });
  }

  return {
    url: stack.url,
    variables,
    door,
    sql,
    events,
    users,
    jobs,
    kills,
    lostLeases,
    configure,
    killWorker,
    heal,
    async sweep() {
      const [row] = await insist(() => sql`select private.sweep() as result`);
      if (row?.result.failed) throw new Error(`Steps of the sweep failed: ${row.result.failed}`);
    },
    async forget() {
      for (const user of users) await user.client.realtime.disconnect();
      for (const list of [users, jobs, kills, lostLeases]) list.length = 0;
      await heal();
      await door("DELETE /openai/requests");
      await door("DELETE /s3/requests");
      await insist(() => sql`select admin.resume(note => 'the next scenario')`);
      await configure(SETTINGS);
    },
    async [Symbol.asyncDispose]() {
      for (const user of users) await user.client.realtime.disconnect();
      await events.close();
      await sql.end({ timeout: 1 });
      await stack.stop();
    },
  };
}

function nameAttempt({ generation_id, attempt }: HitAttempt): string {
  return `${generation_id}/${attempt}`;
}

// worker | {"time":"…","level":"warn","event":"lease_lost","generation_id":"…","attempt":1,"why":"…"}
function readLostLease(line: string): LostLease | undefined {
  if (!line.includes('"lease_lost"')) return undefined;
  const { generation_id, attempt } = JSON.parse(line.slice(line.indexOf("{")));
  return { generation_id, attempt };
}
