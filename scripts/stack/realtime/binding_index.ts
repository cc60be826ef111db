/** Finds the bindings a changed row may concern without looking at the others: by table, then by filter value. */
import type { Binding } from "./bindings.ts";
import type { Change, Relation } from "./pgoutput.ts";

/** A binding with the one who holds it. */
export interface Held<Holder> {
  binding: Binding;
  holder: Holder;
}

interface TableEntry<Holder> {
  /** By column, then by the column's text value. */
  lookups: Map<string, Map<string, Set<Held<Holder>>>>;
  others: Set<Held<Holder>>;
}

/** Bindings by what they wait for. */
export class BindingIndex<Holder> {
  #tables = new Map<string, TableEntry<Holder>>();
  /** Where a column is in the rows of a table. */
  #positions = new WeakMap<Relation, Map<string, number>>();

  add(held: Held<Holder>): void {
    const { schema, table, lookup } = held.binding;
    const entry = getOrAdd(
      this.#tables,
      keyOf(schema, table),
      (): TableEntry<Holder> => ({ lookups: new Map(), others: new Set() }),
    );
    if (lookup === null) {
      entry.others.add(held);
    } else {
      const values = getOrAdd(entry.lookups, lookup.column, () => new Map());
      getOrAdd(values, lookup.value, () => new Set()).add(held);
    }
  }

  remove(held: Held<Holder>): void {
    const { schema, table, lookup } = held.binding;
    const key = keyOf(schema, table);
    const entry = this.#tables.get(key);
    if (entry === undefined) return;
    if (lookup === null) {
      entry.others.delete(held);
    } else {
      const values = entry.lookups.get(lookup.column);
      const found = values?.get(lookup.value);
      found?.delete(held);
      if (found?.size === 0) values?.delete(lookup.value);
      if (values?.size === 0) entry.lookups.delete(lookup.column);
    }
    if (entry.others.size === 0 && entry.lookups.size === 0) this.#tables.delete(key);
  }

  /** The bindings whose table, event and looked-up value fit; their other conditions are still open. */
  match(change: Change): Held<Holder>[] {
    const { schema, table } = change.relation;
    const found: Held<Holder>[] = [];
    for (const key of [keyOf(schema, table), keyOf(schema, null), keyOf("*", null)]) {
      const entry = this.#tables.get(key);
      if (entry === undefined) continue;
      found.push(...entry.others);
      for (const [column, values] of entry.lookups) {
        const value = this.valueOf(change, column);
        if (typeof value === "string") found.push(...values.get(value) ?? []);
      }
    }
    return found.filter(({ binding }) => binding.event === "*" || binding.event === change.type);
  }

  /** The text a filter on `column` is compared with: of the new row, or of the old one for a DELETE. */
  valueOf(change: Change, column: string): string | null | undefined {
    const { relation, after, before } = change;
    const positions = getOrAdd(
      this.#positions,
      relation,
      () => new Map(relation.columns.map(({ name }, i) => [name, i])),
    );
    return (after ?? before)?.[positions.get(column) ?? -1];
  }
}

function keyOf(schema: string, table: string | null): string {
  return JSON.stringify([schema, table]);
}

function getOrAdd<K, V>(
  map: { get(key: K): V | undefined; set(key: K, value: V): unknown },
  key: K,
  make: () => V,
): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, value = make());
  return value;
}
