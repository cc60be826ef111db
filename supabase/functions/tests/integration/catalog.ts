/** What a database holds, read from its catalog: so that a new table or function is tested without being named. */
import type postgres from "postgres";

/** A table or view. */
export interface Relation {
  schema: string;
  name: string;
  /** In order. */
  columns: string[];
  /** Those an update may name at all: not generated ones. */
  settable: string[];
}

/** A function an RPC could name. */
export interface SqlFunction {
  schema: string;
  name: string;
  /** A null for every argument, by name. */
  nulls: Record<string, null>;
}

/** The schemas that are not Postgres' own. */
export async function readSchemas(sql: postgres.Sql): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select nspname as name from pg_namespace
    where nspname !~ '^pg_' and nspname <> 'information_schema' order by 1`;
  return rows.map(({ name }) => name);
}

/** Every table, partitioned table, view, materialised view and foreign table of the schemas. */
export async function readRelations(sql: postgres.Sql, schemas: string[]): Promise<Relation[]> {
  return await sql<Relation[]>`
    select n.nspname as schema, c.relname as name,
      array_agg(a.attname::text order by a.attnum) as columns,
      array_agg(a.attname::text order by a.attnum)
        filter (where a.attidentity <> 'a' and a.attgenerated = '') as settable
    from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace
    join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where n.nspname = any (${schemas}) and c.relkind in ('r', 'p', 'v', 'm', 'f')
    group by 1, 2 order by 1, 2`;
}

/** Every function of the schemas, but triggers', which no statement can call. */
export async function readFunctions(
  sql: postgres.Sql,
  schemas: string[],
): Promise<SqlFunction[]> {
  const rows = await sql<{ schema: string; name: string; arguments: string[] }[]>`
    select n.nspname as schema, p.proname as name,
      coalesce(
        (
          select array_agg(given.name order by given.place)
          from unnest(p.proargnames, p.proargmodes) with ordinality as given (name, mode, place)
          where coalesce(given.mode, 'i') in ('i', 'b', 'v') and given.place <= p.pronargs
        ), '{}') as arguments
    from pg_proc as p
    join pg_namespace as n on n.oid = p.pronamespace
    where n.nspname = any (${schemas}) and p.prokind = 'f'
      and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
    order by 1, 2`;
  return rows.map(({ schema, name, arguments: names }) => ({
    schema,
    name,
    nulls: Object.fromEntries(names.map((argument) => [argument, null])),
  }));
}

/** A digest of every row of the relations: the same if nothing was written. */
export async function fingerprint(sql: postgres.Sql, relations: Relation[]): Promise<string> {
  const digests = [];
  for (const { schema, name } of relations) {
    const [row] = await sql`
      select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) as digest
      from ${sql(schema)}.${sql(name)} as t`;
    digests.push(`${schema}.${name} ${row?.digest}`);
  }
  return digests.join("\n");
}
