/** pg_cron: its jobs are there, and the sweep has run lately. */
import type { Check } from "../check.ts";
import { type Finding, ok, warning, wrong } from "../finding.ts";

/** Six sweeps. */
const MAX_AGE_SECONDS = 60;

/** See the head of this file. */
export const schedules: Check = {
  name: "schedules",
  needs: ["DATABASE_URL"],
  cure: "create extension pg_cron; then supabase db push",
  async run({ sql, sources }) {
    const rows = await sql<{ name: string; active: boolean }[]>`
      select jobname as name, active from cron.job`;
    const active = new Set(rows.filter(({ active }) => active).map(({ name }) => name));
    const missing = sources.schedules.filter((name) => !active.has(name));
    const [last] = await sql<{ age: number | null; error: string | null }[]>`
      select
        extract(epoch from clock_timestamp() - private.last_sweep())::integer as age,
        (
          select r.return_message from cron.job_run_details as r
          join cron.job as j on j.jobid = r.jobid
          where j.jobname = 'sweep' and r.status = 'failed' order by r.runid desc limit 1
        ) as error`;
    return [
      ...missing.map((name) =>
        wrong(
          `The job ${name} is not scheduled, or not active`,
          `select cron.schedule('${name}', …) as in supabase/migrations; or update cron.job set active = true where jobname = '${name}';`,
        )
      ),
      ageFinding(last?.age ?? null, last?.error ?? null),
    ];
  },
};

function ageFinding(age: number | null, error: string | null): Finding {
  if (age === null && error === null) {
    return warning(
      "The sweep has never run",
      "After a first deployment ask again in 20 s; if it stays so, restart the database (dashboard, Settings → General)",
    );
  }
  if (age === null || age > MAX_AGE_SECONDS) {
    const since = age === null ? "never" : `${age} s ago`;
    return wrong(
      `The sweep last ended well ${since}${error === null ? "" : `; it failed with: ${error}`}`,
      "select * from cron.job_run_details order by start_time desc limit 5; where nothing runs at all: restart the database (dashboard, Settings → General)",
    );
  }
  if (age < -MAX_AGE_SECONDS) {
    return warning(
      `The sweep last ran ${-age} s in the future`,
      "The database's clock was set back",
    );
  }
  return ok(`the sweep ran ${age} s ago`);
}
