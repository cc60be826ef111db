/** Who is to be told of a changed row, what has to be asked before, and the telling. */
import type { BindingIndex, Held } from "./binding_index.ts";
import { changeData, errorData, rowError } from "./change_payload.ts";
import type { Answer, Question } from "./change_probe.ts";
import type { Identity } from "./identity.ts";
import type { Change, Transaction } from "./pgoutput.ts";
import type { TableShape, TableShapes } from "./table_shapes.ts";

/** One who watches rows: a channel. */
export interface Watcher {
  readonly identity: Identity;
  /** Takes an event: the ids of its bindings the row concerns, and the payload's `data` as JSON text. */
  sendChange(ids: number[], data: string): void;
}

/** A changed row, and those of one identity whose bindings may concern it. */
export interface Notice {
  change: Change;
  transaction: Transaction;
  shape: TableShape;
  identity: Identity;
  held: Held<Watcher>[];
  /** Told instead of the row. */
  error: string | null;
}

/** The notices of a transaction, in order; nothing but the tables' shapes is asked for. */
export async function noticesOf(
  transaction: Transaction,
  { index, shapes }: { index: BindingIndex<Watcher>; shapes: TableShapes },
): Promise<Notice[]> {
  const notices: Notice[] = [];
  for (const change of transaction.changes) {
    const matches = index.match(change);
    if (matches.length === 0) continue;
    const roles = [...new Set(matches.map(({ holder }) => holder.identity.role))];
    const shape = await shapes.get(change.relation.schema, change.relation.table, roles);
    if (shape === null) continue; // Dropped meanwhile.
    for (const held of Map.groupBy(matches, ({ holder }) => holder.identity.key).values()) {
      const identity = held[0]?.holder.identity;
      if (identity === undefined) continue;
      const error = rowError(change, shape, identity.role);
      notices.push({ change, transaction, shape, identity, held, error });
    }
  }
  return notices;
}

/** What has to be asked before a notice may be told. */
export function questionOf(notice: Notice, index: BindingIndex<Watcher>): Question {
  const { change, transaction, shape, identity, held } = notice;
  const filters = held.map(({ binding }) =>
    binding.conditions.map((condition) => ({
      condition,
      value: index.valueOf(change, condition.column),
    }))
  );
  return { change, xid: transaction.xid, shape, identity, filters };
}

/** Tells those whom the answers allow; `answers` has one for each notice without an error. */
export function tell(notices: Notice[], answers: Map<Notice, Answer>): void {
  const texts = new WeakMap<Change, Map<string, string>>();
  for (const notice of notices) {
    const answer = answers.get(notice);
    if (notice.error === null && !answer?.isVisible) continue;
    const passing = notice.held.filter((_, i) => answer?.passes[i] ?? true);
    const byWatcher = Map.groupBy(passing, ({ holder }) => holder);
    for (const [watcher, held] of byWatcher) {
      for (const [select, same] of Map.groupBy(held, ({ binding }) => selectKey(binding.select))) {
        const known = texts.get(notice.change) ?? new Map<string, string>();
        texts.set(notice.change, known);
        const key = `${notice.identity.role} ${select}`;
        const data = known.get(key) ?? dataOf(notice, answer, same[0]?.binding.select ?? null);
        known.set(key, data);
        watcher.sendChange([...new Set(same.map(({ binding }) => binding.id))], data);
      }
    }
  }
}

function selectKey(select: string[] | null): string {
  return select === null ? "" : JSON.stringify(select);
}

function dataOf(notice: Notice, answer: Answer | undefined, select: string[] | null): string {
  const { change, transaction, shape, identity, error } = notice;
  const view = { change, shape, committedAt: transaction.committedAt };
  if (error !== null) return errorData(view, error);
  const selectable = shape.selectable.get(identity.role) ?? new Set<string>();
  const columns = select === null ? selectable : selectable.intersection(new Set(select));
  return changeData(
    { ...view, after: answer?.after ?? null, before: answer?.before ?? null },
    columns,
  );
}
