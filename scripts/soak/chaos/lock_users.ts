/** Holds the rows of the scenario's users, as a long transaction would: the end of one of their jobs waits for it. */
import type { Arena } from "./arena.ts";

/** A held lock. */
export interface UsersLock {
  /** Statements of the functions that wait for it. */
  countWaiting(): Promise<number>;
  /** Ends their sessions: what they were about to do is never done. */
  terminateWaiting(): Promise<void>;
  /** Again is no error. */
  release(): Promise<void>;
}

/** Takes the lock. */
export async function lockUsers({ sql, users }: Arena): Promise<UsersLock> {
  const session = await sql.reserve();
  await session`begin`;
  const userIds = users.map(({ id }) => id);
  await session`select 1 from public.users where id = any (${userIds}::uuid[]) for no key update`;
  let isHeld = true;
  const waiting = () =>
    sql<{ pid: number }[]>`
      select pid from pg_stat_activity
      where application_name = 'data_api' and wait_event_type = 'Lock'`;
  return {
    countWaiting: async () => (await waiting()).length,
    async terminateWaiting() {
      for (const { pid } of await waiting()) await sql`select pg_terminate_backend(${pid}, 1000)`;
    },
    async release() {
      if (!isHeld) return;
      isHeld = false;
      await session`rollback`;
      session.release();
    },
  };
}
