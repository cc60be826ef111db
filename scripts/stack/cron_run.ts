/** One run of a pg_cron job: its own session, and its row in `cron.job_run_details`. */
import postgres from "postgres";

/** What of a row of `cron.job` a run needs. */
export interface Job {
  jobid: string;
  command: string;
  database: string;
  username: string;
}

/** A run under way. */
export interface Run {
  /** Settles when the run is over and recorded; never rejects. */
  done: Promise<void>;
  /** Cancels the statement; the run ends as failed. */
  cancel: () => void;
}

/** The server, and the session that may write the records. */
export interface RunOptions {
  databaseUrl: string;
  sql: postgres.Sql;
}

/** Runs a job's command in the job's database as the job's user, and records how it went. */
export function startRun(job: Job, { databaseUrl, sql }: RunOptions): Run {
  const session = openSession(job, databaseUrl);
  let statement: postgres.PendingQuery<postgres.Row[]> | undefined;
  let cancelled = false;

  async function run(): Promise<void> {
    const runid = await recordStart(sql, job);
    const outcome = await execute().catch((error) => ({
      status: "failed",
      message: error instanceof Error ? error.message : String(error),
    }));
    await sql`
      update cron.job_run_details
      set status = ${outcome.status}, return_message = ${outcome.message}, end_time = clock_timestamp()
      where runid = ${runid}`;
  }

  async function execute(): Promise<{ status: string; message: string }> {
    if (cancelled) throw new Error("job cancelled");
    statement = session.unsafe(job.command);
    const result = await statement;
    // Several statements in one command give several results; as psql we tell of the last.
    const last = Array.isArray(result[0]) ? result.at(-1) : result;
    const { command, count } = last as unknown as { command: string; count: number | null };
    return { status: "succeeded", message: count === null ? command : `${command} ${count}` };
  }

  const done = run().catch(() => {
    // The server went away: the worker closes the row when it is back.
  }).finally(() => session.end({ timeout: 1 }));
  return {
    done,
    cancel: () => {
      cancelled = true;
      statement?.cancel();
    },
  };
}

function openSession(job: Job, databaseUrl: string): postgres.Sql {
  const url = new URL(databaseUrl);
  url.username = encodeURIComponent(job.username);
  url.pathname = `/${encodeURIComponent(job.database)}`;
  return postgres(url.href, {
    max: 1,
    fetch_types: false,
    onnotice: () => undefined,
    connection: { application_name: "pg_cron" },
  });
}

async function recordStart(sql: postgres.Sql, job: Job): Promise<string> {
  const [row] = await sql`
    insert into cron.job_run_details (jobid, database, username, command, status, start_time)
    values (${job.jobid}, ${job.database}, ${job.username}, ${job.command}, 'running',
      clock_timestamp())
    returning runid`;
  return row?.runid;
}
