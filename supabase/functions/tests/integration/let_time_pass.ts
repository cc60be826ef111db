/** Makes everything that is stored older, or younger. */
import type postgres from "postgres";
import { findTimes } from "./rows_of_every_kind.ts";

/**
 * Moves every finite `timestamptz` into the past, as if so long had passed.
 *
 * @returns The columns in which there was none to move.
 */
export async function letTimePass(sql: postgres.Sql, distance: string): Promise<string[]> {
  const empty: string[] = [];
  const times = await findTimes(sql);
  await sql.begin(async (tx) => {
    // Without triggers: nothing happens, time passes.
    await tx`set local session_replication_role = replica`;
    for (const { relation, name } of times) {
      const { count } = await tx.unsafe(`
        update ${relation} set "${name}" = "${name}" - interval '${distance}'
        where isfinite("${name}")`);
      if (count === 0) empty.push(`${relation}.${name}`);
    }
  });
  return empty;
}
