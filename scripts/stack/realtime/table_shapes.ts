/** What the catalog says of a table whose changes are watched: columns, keys, publication, who may read what. */
import type postgres from "postgres";

/** The publication whose tables may be watched. */
export const CHANGES_PUBLICATION = "supabase_realtime";

/** A column of a watched table. */
export interface ShapeColumn {
  name: string;
  /** As `format_type` spells it, to cast to. */
  type: string;
  /** As `pg_type` names it, to tell clients. */
  typeName: string;
  /** Whether two values are equal exactly when their canonical texts are. */
  isTextEqual: boolean;
}

/** A watched table. */
export interface TableShape {
  schema: string;
  table: string;
  isPublished: boolean;
  hasRowSecurity: boolean;
  columns: Map<string, ShapeColumn>;
  primaryKey: string[];
  /** Columns a role may SELECT, for the roles asked for so far. */
  selectable: Map<string, Set<string>>;
}

interface ShapeRow {
  isPublished: boolean;
  hasRowSecurity: boolean;
  primaryKey: string[];
  columns: ShapeColumn[];
  selectable: Record<string, string[] | null>;
}

/** Reads shapes, and keeps them until the table is seen to change. */
export class TableShapes {
  #shapes = new Map<string, TableShape>();
  readonly #sql: postgres.Sql;

  constructor(sql: postgres.Sql) {
    this.#sql = sql;
  }

  /** Forgets a table: its definition or privileges may have changed. */
  forget(schema: string, table: string): void {
    this.#shapes.delete(keyOf(schema, table));
  }

  /** The shape with the privileges of `roles`; asks only for what is not known. Null: no such table. */
  async get(schema: string, table: string, roles: string[]): Promise<TableShape | null> {
    const known = this.#shapes.get(keyOf(schema, table));
    if (known !== undefined && roles.every((role) => known.selectable.has(role))) return known;
    return await this.load(schema, table, [
      ...new Set([...known?.selectable.keys() ?? [], ...roles]),
    ]);
  }

  /** The same, asked anew. */
  async load(schema: string, table: string, roles: string[]): Promise<TableShape | null> {
    const [row] = await this.#sql<ShapeRow[]>`
      select
        exists(
          select from pg_catalog.pg_publication_tables p
          where p.pubname = ${CHANGES_PUBLICATION} and p.schemaname = n.nspname and p.tablename = c.relname
        ) as "isPublished",
        c.relrowsecurity as "hasRowSecurity",
        (
          select coalesce(json_agg(a.attname order by a.attnum), '[]')
          from pg_catalog.pg_index i
          join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = any (i.indkey)
          where i.indrelid = c.oid and i.indisprimary
        ) as "primaryKey",
        (
          select coalesce(json_agg(json_build_object(
            'name', a.attname,
            'type', pg_catalog.format_type(a.atttypid, -1),
            'typeName', t.typname,
            'isTextEqual', t.typtype = 'e'
              or t.typname in ('uuid', 'text', 'varchar', 'bool', 'int2', 'int4', 'int8')
          ) order by a.attnum), '[]')
          from pg_catalog.pg_attribute a
          join pg_catalog.pg_type t on t.oid = a.atttypid
          where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        ) as columns,
        (
          select coalesce(json_object_agg(r.rolname, (
            select json_agg(a.attname)
            from pg_catalog.pg_attribute a
            where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
              and pg_catalog.has_column_privilege(r.oid, c.oid, a.attnum, 'select')
          )), '{}')
          from pg_catalog.pg_roles r
          where r.rolname in (select json_array_elements_text(${JSON.stringify(roles)}::text::json))
        ) as selectable
      from pg_catalog.pg_class c
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = ${schema} and c.relname = ${table} and c.relkind in ('r', 'p')`;
    if (row === undefined) {
      this.forget(schema, table);
      return null;
    }
    const shape = shapeOf(schema, table, row);
    // A role that does not exist may read nothing.
    for (const role of roles) {
      if (!shape.selectable.has(role)) shape.selectable.set(role, new Set());
    }
    this.#shapes.set(keyOf(schema, table), shape);
    return shape;
  }
}

function shapeOf(schema: string, table: string, row: ShapeRow): TableShape {
  const columns = row.columns.map((column) => [column.name, column] as const);
  const selectable = Object.entries(row.selectable).map(([role, names]) =>
    [role, new Set(names)] as const
  );
  return {
    schema,
    table,
    isPublished: row.isPublished,
    hasRowSecurity: row.hasRowSecurity,
    columns: new Map(columns),
    primaryKey: row.primaryKey,
    selectable: new Map(selectable),
  };
}

function keyOf(schema: string, table: string): string {
  return JSON.stringify([schema, table]);
}
