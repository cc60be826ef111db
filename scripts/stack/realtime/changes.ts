/** postgres_changes: takes committed transactions, and tells those who asked for the rows and may see them. */
import { setTimeout as delay } from "node:timers/promises";
import type postgres from "postgres";
import { BindingIndex, type Held } from "./binding_index.ts";
import { type Binding, readBinding } from "./bindings.ts";
import { noticesOf, questionOf, tell, type Watcher } from "./change_notices.ts";
import { askPostgres } from "./change_probe.ts";
import { connectOnce } from "./connect.ts";
import { isUnreachable } from "./database_errors.ts";
import type { Relation, Transaction } from "./pgoutput.ts";
import { Questioner } from "./questions.ts";
import { TableShapes } from "./table_shapes.ts";

/** Notices asked about together; more would make the first wait for the last. */
const BATCH_SIZE = 25;
/** Milliseconds before Postgres is asked again after a lost connection. */
const RETRY_DELAY = 50;

/** Watches rows for many. */
export class Changes {
  readonly #questioner: Questioner;
  /** Apart, so that a rush of joins does not hold up events. */
  readonly #catalog: postgres.Sql;
  readonly #shapes: TableShapes;
  readonly #onLost: () => void;
  readonly #index = new BindingIndex<Watcher>();
  readonly #held = new Map<Watcher, Held<Watcher>[]>();
  readonly #described = new WeakSet<Relation>();
  #queue: Transaction[] = [];
  #isRunning = false;
  #abort = new AbortController();

  /** `onLost` is called when an event could not be told for a reason of our own. */
  constructor(databaseUrl: string, onLost: () => void) {
    this.#questioner = new Questioner(databaseUrl);
    this.#catalog = connectOnce(databaseUrl);
    this.#shapes = new TableShapes(this.#catalog);
    this.#onLost = onLost;
  }

  /**
   * Starts, or starts anew with its identity of now, what `watcher` asks for. Nothing is missed between.
   *
   * @throws {BindingError | FilterError} With what the client is told.
   * @throws {Error} When Postgres is not reachable.
   */
  async watch(watcher: Watcher, requests: unknown[]): Promise<void> {
    const context = { sql: this.#catalog, shapes: this.#shapes, role: watcher.identity.role };
    const bindings: Binding[] = [];
    for (const request of requests) bindings.push(await readBinding(request, context));
    this.unwatch(watcher);
    const held = bindings.map((binding) => ({ binding, holder: watcher }));
    this.#held.set(watcher, held);
    for (const one of held) this.#index.add(one);
  }

  /** Stops; one who does not watch is no error. */
  unwatch(watcher: Watcher): void {
    for (const held of this.#held.get(watcher) ?? []) this.#index.remove(held);
    this.#held.delete(watcher);
  }

  /** Takes a committed transaction; watchers hear of its rows in order. */
  publish(transaction: Transaction): void {
    for (const { relation } of transaction.changes) {
      // Postgres describes a table again after its definition or privileges changed.
      if (!this.#described.has(relation)) this.#shapes.forget(relation.schema, relation.table);
      this.#described.add(relation);
    }
    this.#queue.push(transaction);
    if (!this.#isRunning) this.#run();
  }

  /** Forgets what was not told yet: everybody will be told to read anew. */
  reset(): void {
    this.#queue = [];
    this.#abort.abort();
    this.#abort = new AbortController();
  }

  async close(): Promise<void> {
    this.reset();
    await Promise.all([this.#questioner.close(), this.#catalog.end({ timeout: 1 })]);
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#queue.length > 0) {
      const { signal } = this.#abort;
      try {
        await this.#tell(this.#queue.splice(0), signal);
      } catch {
        if (!signal.aborted) this.#onLost();
      }
    }
    this.#isRunning = false;
  }

  async #tell(transactions: Transaction[], signal: AbortSignal): Promise<void> {
    const context = { index: this.#index, shapes: this.#shapes };
    const found = await persist(
      signal,
      () => Promise.all(transactions.map((transaction) => noticesOf(transaction, context))),
    );
    const notices = found.flat();
    for (let i = 0; i < notices.length; i += BATCH_SIZE) {
      const batch = notices.slice(i, i + BATCH_SIZE);
      const asked = batch.filter(({ error }) => error === null);
      const questions = asked.map((notice) => questionOf(notice, this.#index));
      const answers = await persist(signal, () => askPostgres(this.#questioner, questions));
      if (signal.aborted) return;
      tell(batch, new Map(asked.flatMap((notice, n) => answers[n] ? [[notice, answers[n]]] : [])));
    }
  }
}

/** Repeats what fails for want of a connection: the stream may be there, so its events must not be lost. */
async function persist<T>(signal: AbortSignal, act: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      await delay(RETRY_DELAY, null, { signal });
    }
  }
}
