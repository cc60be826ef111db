/** Makes everything that is stored older, or younger. */
import type postgres from "postgres";

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

/** Every finite `timestamptz` of our schemas and the queue's that a row may have. */
function findTimes(sql: postgres.Sql): Promise<{ relation: string; name: string }[]> {
  return sql<{ relation: string; name: string }[]>`
    select a.attrelid::regclass::text as relation, a.attname as name
    from pg_class as c
    join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relnamespace::regnamespace::text in ('public', 'private', 'pgmq')
      and c.relkind in ('r', 'p') and a.atttypid = 'timestamptz'::regtype
    order by 1, 2`;
}
