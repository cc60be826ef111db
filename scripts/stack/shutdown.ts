/** What is to be done at the end, in the opposite order of what was done at the start. */

/** Collects steps and runs them once. */
export class Shutdown {
  #steps: (() => unknown)[] = [];
  #running: Promise<void> | undefined;

  /** Adds a step; it runs before those that were added earlier. */
  onStop(step: () => unknown): void {
    this.#steps.push(step);
  }

  /**
   * Runs every step, each also when others fail. Again gives the same promise.
   *
   * @throws {AggregateError} Once all have run, with what failed.
   */
  run(): Promise<void> {
    return this.#running ??= this.#runAll();
  }

  async #runAll(): Promise<void> {
    const failures: unknown[] = [];
    for (const step of this.#steps.toReversed()) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, "Cannot stop every part");
  }
}
