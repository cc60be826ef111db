/** Questions that must leave no trace: statements sent as one message, in a transaction that is rolled back. */
import type postgres from "postgres";
import { connectOnce } from "./connect.ts";

/** The rows of a statement, each a list of values. */
export type Rows = unknown[][];

/** Asks on a connection of its own, one question after another. */
export class Questioner {
  readonly #sql: postgres.Sql;
  #last: Promise<unknown> = Promise.resolve();

  constructor(databaseUrl: string) {
    this.#sql = connectOnce(databaseUrl);
  }

  /**
   * Runs the statements in one round trip; gives the rows of each that has rows to give, be it none.
   *
   * @throws {Error} When one of them fails, or Postgres is not reachable.
   */
  async ask(statements: string[]): Promise<Rows[]> {
    const asked = this.#last.then(() => this.#run(statements));
    this.#last = asked.catch(() => null);
    return await asked;
  }

  async close(): Promise<void> {
    await this.#sql.end({ timeout: 1 });
  }

  async #run(statements: string[]): Promise<Rows[]> {
    try {
      const text = ["begin isolation level repeatable read", ...statements, "rollback"].join(";\n");
      const results: unknown = await this.#sql.unsafe(text).values();
      // The first result is that of `begin`.
      return (results as Rows[]).slice(1);
    } catch (error) {
      // Postgres skips the rest of a message that fails, and so its rollback.
      if ((error as Error).name === "PostgresError") {
        await this.#sql.unsafe("rollback").catch(() => null);
      }
      throw error;
    }
  }
}
