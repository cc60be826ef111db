/** Lets one deployment of a project run at a time, by a lock its database holds for as long as the session lives. */
import type postgres from "postgres";

/** Beside the locks of the functions, which are of the same first number. */
const KEY = [7261, 1000] as const;

/** Another deployment is under way. */
export class LockedError extends Error {
  override name = "LockedError";
}

/**
 * Runs `action` under the lock.
 *
 * @throws {LockedError} When somebody else holds it.
 */
export async function withLock<Result>(
  sql: postgres.Sql,
  action: () => Promise<Result>,
): Promise<Result> {
  const session = await sql.reserve();
  try {
    const [row] = await session`select pg_try_advisory_lock(${KEY[0]}, ${KEY[1]}) as is_ours`;
    if (!row?.is_ours) throw new LockedError(await describeHolder(session));
    try {
      return await action();
    } finally {
      await session`select pg_advisory_unlock(${KEY[0]}, ${KEY[1]})`;
    }
  } finally {
    session.release();
  }
}

async function describeHolder(session: postgres.ReservedSql): Promise<string> {
  const [holder] = await session`
    select a.pid, a.backend_start::text as since, host(a.client_addr) as address
    from pg_locks as l join pg_stat_activity as a on a.pid = l.pid
    where l.locktype = 'advisory' and l.classid = ${KEY[0]} and l.objid = ${KEY[1]} and l.granted
    limit 1`;
  const who = holder === undefined
    ? ""
    : ` since ${holder.since}, from ${holder.address ?? "here"} (pid ${holder.pid})`;
  return `Another deployment is under way${who}: wait for its end. ` +
    `One that died ends with its session: select pg_terminate_backend(${holder?.pid ?? "<pid>"});`;
}
