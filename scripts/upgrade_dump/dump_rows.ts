/** Writes the rows of our tables and queues as SQL that puts them back. */
import type postgres from "postgres";

interface Relation {
  schema: string;
  name: string;
  columns: string[];
}

/** Every row of public, private and the queues, and where sequences stand. Rings and schedules are the platform's. */
export async function dumpRows(sql: postgres.Sql): Promise<string> {
  const relations = await sql<Relation[]>`
    select n.nspname as schema, c.relname as name, array_agg(a.attname::text order by a.attnum) as columns
    from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace
    join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    where c.relkind in ('r', 'p') and not c.relispartition and (
      n.nspname in ('public', 'private')
      or (n.nspname = 'pgmq' and c.relname ~ '^[qa]_'))
    group by 1, 2 order by 1, 2`;
  const statements = ["begin;", "set local session_replication_role = replica;"];
  for (const relation of relations) statements.push(...await dumpRelation(sql, relation));
  statements.push(...await dumpSequences(sql), "commit;", "");
  return statements.join("\n");
}

async function dumpRelation(
  sql: postgres.Sql,
  { schema, name, columns }: Relation,
): Promise<string[]> {
  const table = `${schema}.${name}`;
  const list = columns.map((column) => `"${column}"`).join(", ");
  const rows = await sql.unsafe(
    `select to_jsonb(t)::text as row from (select ${list} from ${table}) as t order by 1`,
  );
  // Also where there is none: a migration's own row must not stay in the place of the one that was.
  const statements = [`delete from ${table};`];
  if (rows.length === 0) return statements;
  const values = rows.map(({ row }) => `  ${row}`).join(",\n").replaceAll("'", "''");
  return [
    ...statements,
    `insert into ${table} (${list}) overriding system value`,
    `select ${list} from jsonb_populate_recordset(null::${table}, '[\n${values}\n]');`,
  ];
}

async function dumpSequences(sql: postgres.Sql): Promise<string[]> {
  const rows = await sql<{ name: string; value: string }[]>`
    select format('%I.%I', schemaname, sequencename) as name, last_value as value
    from pg_sequences
    where schemaname in ('public', 'private', 'pgmq') and last_value is not null
    order by 1`;
  return rows.map(({ name, value }) => `select setval('${name}', ${value});`);
}
