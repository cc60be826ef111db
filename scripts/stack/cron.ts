/**
 * The background worker of the pg_cron stand-in: runs the jobs of `cron.job` when they are due.
 *
 * As in the original a job runs in its own session as its own user, at most once at a time, at most
 * eight jobs run at once, times are UTC, and each run leaves a row in `cron.job_run_details`.
 * Left out: more than one run held back while a job is still running.
 */
import postgres from "postgres";
import { type Job, type Run, startRun } from "./cron_run.ts";
import { parseSchedule } from "./cron_schedule.ts";

/** A running worker. */
export interface CronWorker {
  /** "stop" starts no further run; "run" counts schedules from now on. */
  mode: "run" | "stop";
  /** Stops at once, cancelling what runs. Again is no error. */
  close(): Promise<void>;
}

/** Which database's jobs to run, as a superuser. */
export interface CronOptions {
  databaseUrl: string;
}

/** A job and when it is due. */
interface ScheduledJob extends Job {
  schedule: string;
  next: (after: number) => number;
  dueAt: number;
}

const MAX_RUNNING = 8;
/** Longest sleep, in milliseconds: also finds changes of `cron.job` whose notification was lost. */
const MAX_SLEEP = 5_000;

/**
 * Starts to run jobs; survives restarts of the server and a database without pg_cron.
 *
 * @throws {Error} When the database cannot be reached at the start.
 */
export async function startCron(options: CronOptions): Promise<CronWorker> {
  const worker = new Worker(options.databaseUrl);
  await worker.start();
  return worker;
}

class Worker implements CronWorker {
  #mode: "run" | "stop" = "run";
  #databaseUrl: string;
  #sql: postgres.Sql;
  #jobs = new Map<string, ScheduledJob>();
  #running = new Map<string, Run>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #loading: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(databaseUrl: string) {
    this.#databaseUrl = databaseUrl;
    this.#sql = postgres(databaseUrl, {
      max: 2,
      backoff: () => 0.2,
      onnotice: () => undefined,
      connection: { application_name: "pg_cron" },
    });
  }

  get mode(): "run" | "stop" {
    return this.#mode;
  }

  set mode(mode: "run" | "stop") {
    this.#mode = mode;
    for (const job of this.#jobs.values()) job.dueAt = job.next(Date.now());
    this.#tick();
  }

  async start(): Promise<void> {
    try {
      await this.#sql.listen("cron_job_changed", () => this.#load(), () => {
        this.#load(() => this.#closeLostRuns());
      });
    } catch (error) {
      await this.close();
      throw error;
    }
    await this.#loading;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const run of this.#running.values()) run.cancel();
    await Promise.all([...this.#running.values()].map((run) => run.done));
    await this.#loading;
    await this.#sql.end({ timeout: 1 });
  }

  /** Reads the jobs again, one reading after the other. */
  #load(first: () => Promise<void> = () => Promise.resolve()): void {
    this.#loading = this.#loading.then(first).then(() => this.#readJobs()).catch(() => {
      // The server is restarting: read again at the next tick or reconnection.
    }).then(() => this.#tick());
  }

  async #readJobs(): Promise<void> {
    if (this.#closed || !await this.#isInstalled()) return;
    const rows = await this.#sql<(Job & { schedule: string })[]>`
      select jobid, schedule, command, database, username from cron.job where active`;
    const jobs = new Map<string, ScheduledJob>();
    for (const row of rows) {
      const known = this.#jobs.get(row.jobid);
      if (known?.schedule === row.schedule) {
        jobs.set(row.jobid, { ...known, ...row });
      } else {
        const next = readSchedule(row.schedule);
        jobs.set(row.jobid, { ...row, next, dueAt: next(Date.now()) });
      }
    }
    this.#jobs = jobs;
  }

  async #isInstalled(): Promise<boolean> {
    const [row] = await this.#sql`select to_regclass('cron.job') is not null as installed`;
    return row?.installed === true;
  }

  /** Closes the rows of runs that a crash of the server or of this worker cut short. */
  async #closeLostRuns(): Promise<void> {
    if (this.#closed || !await this.#isInstalled()) return;
    await this.#sql`
      update cron.job_run_details
      set status = 'failed', return_message = 'server restarted', end_time = now()
      where status = 'running'`;
  }

  /** Starts what is due and sleeps until the next job is. */
  #tick(): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    const now = Date.now();
    let wakeAt = now + MAX_SLEEP;
    for (const job of this.#jobs.values()) {
      if (this.#mode === "stop" || this.#running.has(job.jobid)) continue;
      if (job.dueAt > now) {
        wakeAt = Math.min(wakeAt, job.dueAt);
      } else if (this.#running.size < MAX_RUNNING) {
        job.dueAt = job.next(now);
        this.#start(job);
      }
    }
    this.#timer = setTimeout(() => this.#load(), wakeAt - now);
  }

  #start(job: Job): void {
    const run = startRun(job, { databaseUrl: this.#databaseUrl, sql: this.#sql });
    const done = run.done.finally(() => {
      this.#running.delete(job.jobid);
      this.#tick();
    });
    this.#running.set(job.jobid, { done, cancel: run.cancel });
  }
}

/** A schedule written past `cron.schedule`, which refuses a bad one, must not stop the other jobs. */
function readSchedule(schedule: string): (after: number) => number {
  try {
    return parseSchedule(schedule);
  } catch {
    return () => Infinity;
  }
}
